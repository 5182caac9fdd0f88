"""What may be refused on the way of a verification or a rectification: rows of the error catalogue."""

from __future__ import annotations

from zhulian.core.kernel.errors import ErrorKind, register

register(
    ErrorKind("campaign.none", "没有这件核查或整改，或不在您可以查看的范围内", "请从清单重新进入", 404),
    ErrorKind("campaign.not_yours", "这件事由{unit}办理，您没有「{action}」的权限", "请由该单位有权限的人员办理", 403),
    ErrorKind(
        "campaign.changed", "这件事刚才已经被办理，您看到的不是现在的状态", "请刷新页面，看过现在的状态再办", 409
    ),
    ErrorKind("campaign.place", "您没有在「{place}」组织核查批次的权限", "请选择您的权限所在的行政区划", 403),
    ErrorKind("campaign.plan", "计划不完整：{what}", "请改正后重新保存", 422),
    ErrorKind("campaign.listed", "名单有 {count} 行不能列入，整份没有采用", "请按各行的原因改正后重新提交", 422),
    ErrorKind("campaign.many", "对象有 {count} 项，超过一个批次的上限 {most} 项", "请缩小范围或减少抽取数", 422),
    ErrorKind("campaign.stale", "名录是 {day} 的，今天要重新确定对象", "请重新预览后确定对象", 409),
    ErrorKind("campaign.not_short", "初审时的核查结论不是不达标，没有责令改正的事实", "请直接作出结论", 422),
    ErrorKind("campaign.ordered", "已经提出过责令限期改正", "请打开该拟办事项办理", 409),
    ErrorKind("campaign.choose", "请选择 1 至 {most} 项", "请在清单中勾选后再办", 422),
    ErrorKind("evidence.many", "最多附 {most} 个文件", "请合并后重新报送", 422),
    ErrorKind("evidence.size", "文件「{name}」超过 {most} MB", "请压缩或拆分后重新报送", 422),
    ErrorKind("evidence.kind", "文件「{name}」不是可以接收的材料", "请附 PDF、图片、Word 或 Excel 文件", 422),
)
