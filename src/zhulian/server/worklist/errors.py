"""What is refused on the work list, and what to do next."""

from __future__ import annotations

from zhulian.core.kernel.errors import ErrorKind, register

register(
    ErrorKind("worklist.none", "没有这件待办，或不在您可以办理的范围内", "请从待办清单重新进入", 404),
    ErrorKind("worklist.held", "这件待办由{name}办理", "请由其办理或退回，或由本单位负责人改派", 409),
    ErrorKind("worklist.closed", "这件待办已经办结，或者已不在等待办理的状态", "请刷新清单", 409),
    ErrorKind("worklist.not_for_you", "这件待办不能由您办理：{why}", "请由本单位其他人员领取", 403),
    ErrorKind("worklist.not_yours", "这件待办不由您办理，不能{action}", "请由办理人操作，或由本单位负责人改派", 403),
    ErrorKind("worklist.colleague", "不能转给「{name}」：{why}", "请选择本单位可以办理的其他人员"),
    ErrorKind("worklist.reason", "请写明{action}的理由", "填写后再提交"),
    ErrorKind("worklist.action", "「{kind}」不能在清单上{action}", "请打开逐件办理"),
    ErrorKind("worklist.too_many", "一次最多 {limit} 件，选了 {count} 件", "请分批办理"),
    ErrorKind("worklist.chosen", "没有选中任何待办", "请在清单中勾选后再操作"),
    ErrorKind("worklist.changed", "这件待办在预览之后有了变化（{now}）", "请重新预览后再办", 409),
    ErrorKind("worklist.kept", "「{kind}」承办后不能退回本单位", "请转办给本单位其他人员", 409),
    ErrorKind("worklist.whom", "没有选择转给谁", "请选择本单位人员"),
    ErrorKind("worklist.not_head", "只有本单位负责人可以{action}", "请联系本单位负责人"),
    ErrorKind("worklist.office", "设定不正确：{why}", "请更正后保存"),
    ErrorKind("worklist.format", "不能导出为「{value}」", "可选：csv、xlsx", 404),
)
