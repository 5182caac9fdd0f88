"""What is refused about personal data, and what to do then."""

from zhulian.core.kernel.errors import ErrorKind, register

register(
    ErrorKind("privacy.reason", "没有说明事由", "请写明申请或者依据的文件，它会留痕", 422),
    ErrorKind("privacy.none", "没有找到这个人，或者不在您的辖区", "请核对身份证号码；只能查询本辖区企业的人员", 404),
    ErrorKind("privacy.held", "已冻结，不能删除：{why}", "请先解除冻结，或者答复申请人不能删除的理由", 409),
    ErrorKind("privacy.needed", "还不能删除：{why}", "处理目的尚未实现；请在注销、调离之后再办理，并答复申请人", 409),
    ErrorKind("privacy.hold", "没有这一条冻结，或者已经解除", "请刷新页面查看现在的情况", 404),
    ErrorKind("privacy.subject", "没有编号为「{subject}」的{kind}", "请核对编号；全部冻结则不填编号", 422),
    ErrorKind("privacy.account", "「{name}」还不能删除：{why}", "先停用账号；工作人员的履职记录不删除", 409),
    ErrorKind("privacy.schedule", "保留期限的设定「{path}」有误：{why}", "请按 docs/operator.md 的格式改正", 422),
)
