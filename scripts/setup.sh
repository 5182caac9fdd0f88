#!/usr/bin/env bash
# Installs what a target needs and says plainly what is missing. Usage: setup.sh base|dev|system|locks PYTHON
set -euo pipefail
what=$1
python=$2
cd "$(dirname "$0")/.."

fail() {
  printf '\n缺少: %s\n办法: %s\n' "$1" "$2" >&2
  exit 1
}

need_python() {
  command -v "$python" >/dev/null || fail "Python 3.11+ ($python)" "安装 Python 3.11 或更高版本，或指定: make PYTHON=/path/to/python3 demo"
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11+，现有 $("$python" -V)" "安装更新的 Python，或指定: make PYTHON=/path/to/python3.11 demo"
  "$python" -c 'import venv, ensurepip' 2>/dev/null || fail "Python 的 venv 模块" "Debian/Ubuntu: apt-get install python3-venv"
}

need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || fail "Node.js 20+ 与 npm" "安装 Node.js 20 或更高版本（前端样式与脚本由它取得）"
  node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' || fail "Node.js 20+，现有 $(node -v)" "安装更新的 Node.js"
}

need_disk() {
  local free
  free=$(df -Pm . | awk 'NR==2 {print $4}')
  [ "$free" -ge 1500 ] || fail "磁盘空间（至少 1500 MB，现有 ${free} MB）" "清理磁盘后重试"
}

case $what in
base)
  need_python
  need_node
  need_disk
  echo "安装 Python 依赖…"
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.lock
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
  echo "构建前端…"
  npm ci --silent --no-audit --no-fund
  npm run --silent build
  ;;
dev)
  echo "安装测试工具…"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
  ;;
system)
  missing=()
  [ -x /usr/bin/chromium ] || missing+=(chromium)
  fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing+=(fonts-noto-cjk)
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing+=(postgresql)
  if [ ${#missing[@]} -gt 0 ]; then
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
      echo "安装 ${missing[*]}…"
      apt-get update -qq
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" fontconfig >/dev/null
    else
      fail "${missing[*]}" "Debian/Ubuntu: sudo apt-get install ${missing[*]}；其他系统请安装 PostgreSQL 15+、Chromium、Noto CJK 字体"
    fi
  fi
  ;;
locks)
  need_python
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet uv
  resolve() { .venv/bin/uv pip compile pyproject.toml "$@" --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet >/dev/null; }
  resolve --group build -o requirements/base.lock
  resolve --group build --group dev -o requirements/dev.lock
  ;;
*)
  echo "usage: setup.sh base|dev|system|locks PYTHON" >&2
  exit 2
  ;;
esac
