"""Catalogue rows of intake. `file.*` stops a file, `row.*` and `value.*` (kernel) put a record in quarantine."""

from __future__ import annotations

import re
from typing import Final

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.kernel.identifiers import mask_id
from zhulian.intake.model import Problem

KINDS: Final = (
    ErrorKind("file.missing", "找不到「{file}」", "请核对路径", 404),
    ErrorKind("file.unreadable", "无法读取「{file}」：{detail}", "请核对文件权限，确认文件未被其他程序占用"),
    ErrorKind("file.empty", "「{file}」是空文件", "请重新导出后再上传"),
    ErrorKind("file.header_only", "「{file}」只有表头，没有数据", "请确认导出条件；确无数据的，不必上传"),
    ErrorKind(
        "file.unknown",
        "无法识别「{file}」的格式；看到的是：{found}",
        "可识别的格式：{known}；请按 docs/formats.md 的列名整理，或用 --format 指明",
    ),
    ErrorKind(
        "file.workbook",
        "「{file}」不是完整的 Excel 工作簿：{detail}",
        "请在 Excel 中打开，另存为「Excel 工作簿（*.xlsx）」后再上传",
    ),
    ErrorKind("file.workbook_locked", "「{file}」有打开密码", "请在 Excel 中去掉密码后再上传"),
    ErrorKind(
        "file.workbook_limit",
        "「{file}」超过工作簿的限制：{detail}",
        "解压后最多 {total} MiB，一张表最多 {cells} 格；请删去表格以外的格式，或分成几个文件，或另存为 CSV",
    ),
    ErrorKind("file.macros", "「{file}」含有宏", "请另存为不含宏的「Excel 工作簿（*.xlsx）」后再上传"),
    ErrorKind("file.sheet_hidden", "「{file}」是隐藏的工作表，没有读取", "确需归集的，请在 Excel 中取消隐藏后再上传"),
    ErrorKind("file.sheet_empty", "「{file}」没有数据", "请填写后再上传；用不上的工作表可以留空"),
    ErrorKind(
        "file.heading_unit",
        "「{file}」的列「{column}」没有写明单位，或单位不对",
        "请在列名后写明单位，如「{column}（{unit}）」",
    ),
    ErrorKind("file.table_name", "没有名为「{value}」的表", "可用的表：{known}"),
    ErrorKind("file.format_name", "没有名为「{value}」的格式", "可用的格式：{known}"),
    ErrorKind(
        "file.not_this_format",
        "「{file}」不是 {format}：{detail}",
        "请去掉 --format 让系统自动识别，或核对文件内容",
    ),
    ErrorKind(
        "file.encoding",
        "「{file}」第 {line} 行（第 {byte} 字节）既不是 UTF-8 也不是 GB18030 编码：{bytes}",
        "请用原软件重新导出，编码选 UTF-8；不要用文本编辑器拼接不同编码的文件",
    ),
    ErrorKind(
        "file.columns",
        "「{file}」的列与表「{table}」不符：{detail}；文件的列：{found}",
        "表「{table}」的列：{expected}（必填：{required}）",
    ),
    ErrorKind(
        "file.too_many_columns",
        "「{file}」的表头有 {found} 列，超过 {limit} 列",
        "请检查表头一行是否缺少换行，或列方向是否颠倒",
    ),
    ErrorKind("file.duplicate_column", "「{file}」的列「{column}」出现了两次", "请删除多余的一列，或改正列名"),
    ErrorKind(
        "file.table_unclear",
        "从「{file}」的列看不出是哪张表；文件的列：{found}",
        "请把文件命名为表名（如 qualification.csv），或指明表；最接近的表：{nearest}",
    ),
    ErrorKind("file.line_too_long", "「{file}」第 {line} 行超过 {limit} 个字符", "请检查该行是否缺少换行符"),
    ErrorKind(
        "file.json",
        "「{file}」不是完整的 JSON：第 {line} 行第 {column} 列，{detail}",
        "文件可能没有下载完整，请重新保存接口返回的全部内容",
    ),
    ErrorKind(
        "file.json_shape",
        "「{file}」的 JSON 中没有可识别的应答；看到的键：{found}",
        "可识别的应答：{known}；请保存接口返回的原文（含 data）",
    ),
    ErrorKind("file.too_large", "「{file}」有 {size} MiB，超过 {limit} MiB", "请分成几个文件上传"),
    ErrorKind("file.parquet", "「{file}」不是完整的 Parquet 文件：{detail}", "请重新生成该文件；传输时请用二进制方式"),
    ErrorKind("file.zip", "「{file}」不是完整的 zip 文件：{detail}", "请重新压缩；不要加密，不要分卷"),
    ErrorKind(
        "file.zip_limit",
        "「{file}」解压后超过限制：{detail}",
        "每个压缩包最多 {entries} 个文件、解压后 {total} MiB、压缩比 {ratio} 倍；请分开上传",
    ),
    ErrorKind("file.zip_name", "「{file}」中的文件名「{name}」指向压缩包以外", "请重新压缩，只放数据文件，不带路径"),
    ErrorKind(
        "row.columns", "本行有 {found} 列，表头有 {expected} 列", "请检查是否多了或少了逗号；含逗号的内容要加双引号"
    ),
    ErrorKind("row.quote", "本行的双引号没有成对：{detail}", "请补上缺少的双引号；内容中的双引号要写成两个"),
    ErrorKind("row.uncut", "本行原文还没有填入各列", "请按 _line 列中的原文填写各列，再提交"),
    ErrorKind(
        "row.duplicate_key",
        "与{first}是同一条（{key}），但内容不同且有效期间重叠",
        "请保留正确的一条；前后有变化的，请用 fact_from、fact_until 写明各自的期间",
    ),
    ErrorKind("row.no_key", "本行没有可识别{label}的编号", "请至少填写一项：{columns}"),
    ErrorKind("row.nothing", "本行没有可以采用的内容", "请补填编号或名称后重新提交；确为空行的，可以放弃"),
    ErrorKind("row.not_object", "应答的列表中有一项不是对象：{value}", "请保存接口返回的原文"),
    ErrorKind(
        "value.digits_lost",
        "「{value}」在 Excel 中是数字，15 位以后的数字已经丢失",
        "请把这一列的格式改为「文本」，再重新填写完整的号码",
    ),
    ErrorKind("value.cell_error", "单元格是错误值 {value}", "请在 Excel 中改正公式，或直接填写内容"),
    ErrorKind("value.control", "「{field}」含有不可见的控制字符（{value}）", "请删除该字符后重新提交"),
    ErrorKind(
        "value.unit_name",
        "「{field}」不像一个单位名称：「{value}」",
        "请只填单位全称；多个单位用顿号分开，不要填人名和电话",
    ),
    ErrorKind(
        "id.birth",
        "出生日期 {value} 与身份证号码中的 {born} 不符",
        "请核对证件，改正其中一项",
    ),
    ErrorKind("id.key", "「{value}」不是有效的{label}编号", "请写成：{forms}"),
    ErrorKind(
        "identity.conflict",
        "{first} 与 {second} 分属两个不同的{label}",
        "请核对两个编号；确为同一主体的，请先在登记簿中合并",
    ),
)
"""What intake adds to the catalogue."""
_DAY: Final = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_RESIDENT: Final = re.compile(
    rf"(?<![0-9])[1-9][0-9]{{5}}(?:(?:18|19|20)[0-9]{{2}}{_DAY}[0-9]{{3}}[0-9Xx]|[0-9]{{2}}{_DAY}[0-9]{{3}}(?![0-9]))"
)
_MOBILE: Final = re.compile(r"(?<![0-9])(1[3-9][0-9])[0-9]{4}([0-9]{4})(?![0-9])")
register(*KINDS)


def problem_of(error: ZhulianError, field: str = "") -> Problem:
    """The problem that an error describes, about a field; its text is kept and shown, so it says nobody's number."""
    return Problem(error.code, masked(error.text), masked(error.cure), field)


def masked(text: str) -> str:
    """A text with the middle of every resident ID and mobile number starred: they may stand in any wrong column."""
    return _MOBILE.sub(r"\1****\2", _RESIDENT.sub(lambda m: mask_id(m[0]), text))
