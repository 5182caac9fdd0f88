"""What may be refused about 约谈, 提示函, 挂牌督办 and 领导交办: rows of the error catalogue."""

from __future__ import annotations

from zhulian.core.kernel.errors import ErrorKind, register

register(
    ErrorKind("act.none", "没有这项督办，或不在您可以办理的范围内", "请从清单重新进入", 404),
    ErrorKind("act.not_yours", "这件事由{unit}办理，您没有「{action}」的权限", "请由该单位有权限的人员办理", 403),
    ErrorKind("act.changed", "这件事刚才已经被办理，您看到的不是现在的状态", "请刷新页面，看过现在的状态再办", 409),
    ErrorKind("act.holder", "这件事交由{name}办理", "请由承办人办理", 403),
    ErrorKind("act.enterprise", "没有统一社会信用代码为「{uscc}」的企业，或不在您的辖区", "请核对 18 位代码", 422),
    ErrorKind("act.project", "该企业没有编码为「{code}」的项目", "请核对项目编码，或者留空", 422),
    ErrorKind("act.unit", "只能交给本单位或者下级单位，以及该单位的人员", "请重新选择单位和承办人", 422),
    ErrorKind("act.incomplete", "还缺：{missing}", "请补充后再办理", 422),
    ErrorKind("act.not_now", "现在不能报送：{state}", "请查看办理进度", 409),
)
