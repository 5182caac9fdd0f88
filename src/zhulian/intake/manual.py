"""docs/formats.md, made from the adapters' own tables so that it cannot lag behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zhulian.core.kernel.errors import kind_of
from zhulian.core.tables import TABLES, Kind, Table
from zhulian.intake import container, csvfile, jsonfile, measuring, parquetfile, sheetfile
from zhulian.intake.errors import KINDS
from zhulian.intake.formats import EXPORTS
from zhulian.intake.formats.adapter import Target
from zhulian.intake.formats.headings import OPTION_WORDS, SPELLINGS, SUBJECT_HEADINGS, UNITS
from zhulian.intake.formats.jzsc_json import ANSWERS, IGNORED
from zhulian.intake.validate import FACT_COLUMNS, KEY_KINDS, LABELS, stored_unit

_HEAD = """\
# 数据归集格式

本页由 `zhulian.intake.manual` 从各格式自己的字段表生成，请勿手改；重新生成：`python -m zhulian.intake.manual`。

格式按内容自动识别，也可用 `--format` 指明。每条记录要么被采用，要么带着原文、位置、原因和处理办法进入隔离区：
**记录数 = 采用 + 隔离 + 无变化**。采用是指至少说明了一件新的事；同一文件再次导入，全部为「无变化」。
隔离的记录可下载为同样列的表（多出 `_reason`、`_cure`、`_position` 三列，不能分列的原文在 `_line` 列），改正后原样再传，
这些列会被忽略。"""

_CANONICAL = """\
## `canonical-csv`、`canonical-parquet`：标准表

一个文件一张表，文件名为表名（如 `qualification.csv`），或由表头唯一确定。列的顺序不限，选填列可以没有：没有的列是「未说明」，
空单元格是「无值」。另可有 `fact_from`、`fact_until`（事实的起止，含起不含止）；没有 `fact_from` 的，取各表注明的列，再没有的视为一直如此。
金额为分、长度面积为 ×1000 的整数；日期可写 2019-03-01、2019/3/1、20190301、2019年3月1日；全角数字照认。
15 位身份证号换为 18 位；脱敏号码留空，姓名照收；出生日期可由号码得出。

主体（企业、人员、项目）用编号引用："""

_ORDER = """\
企业列可直接写信用代码。名称在同一省内比较，是临时标识，日后与信用代码一同出现时转为正式；引用可以先于主体到达。
主体自己的表中，编号列为空时由信用代码、身份证号或项目编码代替，企业和项目最后可由名称与所在省代替。
同一文件内同一逻辑键（下表中的「键」）、有效期间重叠而内容不同的，后一条进入隔离区；内容相同的为「无变化」。
"""

_EXCEL = """\
## Excel 工作簿：`canonical-excel`，以及装在工作簿里的各种导出表

`.xlsx`、`.xls` 均可，一张工作表是一个文件（位置写作「工作簿/工作表 第几条（第几行）」），各自识别：列名是某种导出表的，按该格式读；
其余按标准表读（`canonical-excel`），由工作表名（表的中文名、英文名或常用叫法）决定是哪张表，没有的由列名决定。
模板由 `zhulian template 模板.xlsx` 或归集页上的按钮生成。

- **表头**：前 30 个有内容的行中最像的一行，上面可以有标题；跨行合并的单元格对每一行都有效；列名中的 `*`、（必填）、空格和换行不计。
- **列名**：英文列名、中文名或下表的其他写法。引用主体可以用几列（统一社会信用代码、企业名称），取填了的最可靠的一项。
  「序号」「备注」和没有列名的列不采用；其他不认识的列会使整张表被退回，并指出列名。
- **单位**：金额和面积在列名中写明（{units}），例如「注册资本（万元）」；没有写明的整张表退回。
  只有英文列名（如 `registered_capital`）下的数按 CSV 的规定，即存储单位（分、×1000）。业绩的「指标值」按该指标的单位（见数据字典）。
- **日期**：日期格式的单元格、以上各种写法的文字，或 Excel 的天数（43525 = 2019-03-01，1900 年制；1904 年制的工作簿里没有设为日期格式的天数隔离，不猜）。
- **数字**：按 Excel 保存的 15 位读取；15 位以上的号码若已存成数字，后几位已丢失，该行隔离（`value.digits_lost`）。
- **公式**：只读上次保存的值，不计算；`#DIV/0!` 等错误值隔离（`value.cell_error`；.xls 中读作空格）。
- 隐藏的工作表不读，并列出；空的工作表和模板的「说明」「选项」略过。含宏、有密码、含 DOCTYPE 的工作簿拒收。
- 隔离的记录可下载为工作簿：每张表一个工作表，原来的列在前，「隔离原因」「处理办法」「隔离位置」在后，出错的单元格标红并有批注。
"""

_JSON = """\
## `jzsc-json`：全国平台接口应答

文件可以是一个应答（含 `data`）、应答的列表，或以接口名为键、各含 `response` 的对象。日期为毫秒，注册资本为万元。
列表的 `total` 与采用的条数相等时，写一条完整的数据覆盖（`coverage`），起始日为应答中提到的最近一天；否则写不完整的覆盖。
节选样例中的 `_same_other_fields` 表示其余字段同上一条，`_same_other_fields_as_RN1` 表示同第一条。
"""

_OF_KERNEL = (
    "id.uscc",
    "id.resident",
    "code.qualification",
    "code.division",
    "code.option",
    "value.date",
    "value.number",
    "value.precision",
    "value.range",
    "value.missing",
    "value.too_long",
    "value.formula",
    "value.order",
)


def manual() -> str:
    """The page."""
    units = "；".join(f"{unit}：{'、'.join(spellings)}" for unit, spellings in UNITS.items())
    parts = [_HEAD, _CANONICAL, *_keys(), _ORDER, *(_table(t) for t in TABLES.values())]
    parts += [_EXCEL.format(units=units), _spellings()]
    for export in EXPORTS:
        parts += [f"## `{export.name}`：{export.label}\n", "列：" + "、".join(f"`{c}`" for c in export.columns) + "\n"]
        parts += [_fields(export.targets), _unused(export.unused)]
    parts.append(_JSON)
    for answer in ANSWERS:
        parts += [f"### {answer.name}（{answer.label}）\n", _fields(answer.targets)]
        if answer.unused:
            parts.append(_unused(answer.unused))
    parts += ["### 各应答中不采用的字段\n", _unused(IGNORED), _limits(), _errors()]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def _keys() -> list[str]:
    return [
        _rows(("主体", "写法"), ((LABELS[s], "、".join(f"`{k}:…`" for k in kinds)) for s, kinds in KEY_KINDS.items()))
    ]


def _table(table: Table) -> str:
    rows = []
    for c in table.columns:
        kind = {Kind.REF: f"{LABELS.get(c.refers, '')}编号", Kind.TEXT: f"文字，至多 {c.limit} 字"}.get(
            c.kind, _KINDS[c.kind]
        )
        if c.options:
            kind = "、".join(c.options)
        elif c.kind is Kind.INT:
            kind = f"整数，{stored_unit(c)}"
        rows.append((f"`{c.name}`", c.label, kind, "是" if c.required else ""))
    since = f"；未写 `{FACT_COLUMNS[0]}` 时取 `{table.since}`" if table.since else ""
    head = f"### `{table.name}`：{table.label}\n\n键：{'、'.join(f'`{k}`' for k in table.key)}{since}\n\n"
    return head + _rows(("列", "中文", "内容", "必填"), rows)


_KINDS = {
    Kind.DATE: "日期",
    Kind.INT: "整数",
    Kind.BOOL: "是、否（1、0、true、false）",
    Kind.TEXT: "文字",
    Kind.REF: "编号",
}


def _spellings() -> str:
    rows = [
        (f"`{place}`", _label(place), "、".join((*spellings, *words)))
        for place, spellings in SPELLINGS.items()
        for words in [tuple(f"值：{w}" for w in OPTION_WORDS.get(place, {}))]
    ]
    rows += [
        (f"引用{LABELS[subject]}", f"`{kind}:…`", "、".join(name for name, k in names.items() if k == kind))
        for subject, names in SUBJECT_HEADINGS.items()
        for kind in dict.fromkeys(names.values())
    ]
    return _rows(("列", "中文名", "其他写法"), rows)


def _label(place: str) -> str:
    table, _, column = place.partition(".")
    return TABLES[table].column(column).label


def _fields(targets: tuple[Target, ...]) -> str:
    rows: list[tuple[str, str, str]] = []
    for target in targets:
        rows += [
            (" + ".join(f"`{s}`" for s in f.sources), f"`{target.table}.{f.column}`", f.note) for f in target.fields
        ]
        rows += [("（固定）", f"`{target.table}.{name}`", str(value)) for name, value in target.constants.items()]
    return _rows(("来源字段", "标准表的列", "说明"), dict.fromkeys(rows))


def _unused(unused: Mapping[str, str]) -> str:
    return _rows(("不采用的字段", "原因"), ((f"`{name}`", why) for name, why in unused.items()))


def _limits() -> str:
    rows = (
        ("CSV", "大小不限，逐条读取；UTF-8（可有 BOM）或 GBK、GB18030，整个文件一种编码"),
        ("CSV 的一行、一条记录", f"{csvfile.LINE_LIMIT // 1024} K 字符"),
        ("Parquet", f"大小不限，逐批读取；一个行组至多 {parquetfile.GROUP_LIMIT >> 20} MiB"),
        (
            "Excel",
            f"解压后 {measuring.UNPACKED_LIMIT >> 20} MiB，一张表 {measuring.CELL_LIMIT:,} 格（从第一格到最远一格）、{sheetfile.COLUMN_LIMIT} 列；读取时整张表在内存中",
        ),
        ("JSON", f"{jsonfile.JSON_LIMIT >> 20} MiB"),
        (
            "zip",
            f"{container.ENTRY_LIMIT} 个文件，解压后 {container.TOTAL_LIMIT >> 20} MiB，压缩比 {container.RATIO_LIMIT} 倍；不可加密、嵌套",
        ),
        ("文件夹", f"读取其中的 {'、'.join(container.SUFFIXES)}，主体在前；不认识的文件列出原因，不影响其他文件"),
    )
    return "## 限制\n\n" + _rows(("", ""), rows)


def _errors() -> str:
    kinds = sorted((*KINDS, *map(kind_of, _OF_KERNEL)), key=lambda k: k.code)
    rows = ((f"`{k.code}`", k.text, k.cure) for k in kinds)
    head = "## 错误与处理办法\n\n`file.*` 针对整个文件，其余针对一条记录。\n\n"
    return head + _rows(("代码", "说明", "处理办法"), rows)


if __name__ == "__main__":
    import sys

    sys.stdout.write(manual())
