"""What may be refused on the way of a verification or a rectification: rows of the error catalogue."""

from __future__ import annotations

from zhulian.core.kernel.errors import ErrorKind, register

register(
    ErrorKind("campaign.none", "没有这件核查或整改，或不在您可以查看的范围内", "请从清单重新进入", 404),
    ErrorKind("campaign.not_yours", "这件事由{unit}办理，您没有「{action}」的权限", "请由该单位有权限的人员办理", 403),
    ErrorKind(
        "campaign.changed", "这件事刚才已经被办理，您看到的不是现在的状态", "请刷新页面，看过现在的状态再办", 409
    ),
    ErrorKind("evidence.many", "最多附 {most} 个文件", "请合并后重新报送", 422),
    ErrorKind("evidence.size", "文件「{name}」超过 {most} MB", "请压缩或拆分后重新报送", 422),
    ErrorKind("evidence.kind", "文件「{name}」不是可以接收的材料", "请附 PDF、图片、Word 或 Excel 文件", 422),
)
