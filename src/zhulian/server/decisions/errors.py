"""What may be refused on the way from a proposal to a restriction and its end: rows of the error catalogue."""

from __future__ import annotations

from zhulian.core.kernel.errors import ErrorKind, register

register(
    ErrorKind("decision.no_owner", "本平台没有单位行使「{power}」（{division}）", "请向有权机关抄告，附处理建议", 422),
    ErrorKind("decision.none", "没有这项拟办、文书或限制，或不在您可以办理的范围内", "请从清单重新进入", 404),
    ErrorKind("decision.not_yours", "这件事由{unit}办理，您没有「{action}」的权限", "请由该单位有权限的人员办理", 403),
    ErrorKind(
        "decision.changed", "这件事刚才已经被办理，您看到的不是现在的状态", "请刷新页面，看过现在的状态再办", 409
    ),
    ErrorKind("decision.not_handler", "这件事由{name}承办", "请由承办人办理，或者退回后重新承办", 403),
    ErrorKind("decision.incomplete", "还缺：{missing}", "请补充后再办理", 422),
    ErrorKind("decision.term", "暂扣期限应在 {least} 至 {most} 日之间", "请按事故等级和次数确定期限", 422),
    ErrorKind("decision.term_unknown", "暂扣期限不能确定：{why}", "请先核定事故等级，再另行提出拟办", 422),
    ErrorKind("decision.by_hand", "这件事不能主动发起", "可以主动发起：{possible}", 422),
    ErrorKind("decision.due", "期限不能早于今天", "请重新填写期限", 422),
    ErrorKind("decision.restored", "事实已于 {at} 恢复，不能再作出这项决定", "请退回承办，或者不予办理", 409),
    ErrorKind("service.twice", "这份文书已经送达", "请查看送达回证", 409),
    ErrorKind("service.details", "送达回证还缺：{missing}", "请按实际送达情况填写", 422),
    ErrorKind("service.day", "送达日期应在成文日期 {since} 与今天之间", "请按实际送达日期填写", 422),
    ErrorKind("service.name", "请写上确认人的姓名", "签名确认后才算送达；只是打开看过不算", 422),
    ErrorKind("defence.not_now", "现在不能提出：{why}", "可以在“文书与限制”查看办理进度", 409),
    ErrorKind("defence.text", "请写明内容", "写明事实、理由，或者请求的内容", 422),
    ErrorKind("defence.handler", "承办人本人不能处理陈述申辩", "请由另一位工作人员处理", 403),
    ErrorKind("defence.done", "这项申请已经处理过了", "请刷新页面查看结果", 409),
    ErrorKind("defence.until", "日期应在今天之后，且不早于原来的截止日期", "请重新填写日期", 422),
    ErrorKind("lifting.not_now", "现在不能申请解除：{why}", "可以在“文书与限制”查看期限", 409),
    ErrorKind("lifting.same", "复核人本人不能作出解除的决定", "请由另一位工作人员决定", 403),
    ErrorKind("eligibility.none", "没有统一社会信用代码为「{uscc}」的企业", "请核对 18 位代码；也可能尚未归集", 404),
    ErrorKind("eligibility.purpose", "没有写明查询用途", "purpose 可选：bid、contract、permit、declare", 422),
    ErrorKind("eligibility.many", "一次最多查询 {most} 家", "请分批查询", 422),
)
