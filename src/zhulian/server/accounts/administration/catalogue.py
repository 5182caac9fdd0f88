"""What administration refuses, and what to do then."""

from zhulian.core.kernel.errors import ErrorKind, register

register(
    ErrorKind("admin.none", "没有这一条，或者不在您管理的范围内", "请从“机构与授权”重新打开", 404),
    ErrorKind(
        "admin.outside",
        "「{division}」不在您管理的范围内",
        "只能管理本级授权的行政区划之内的机构和人员；请由上一级管理员办理",
        403,
    ),
    ErrorKind("admin.self", "不能给自己或者自己所在的单位办理", "请由另一位管理员或者上一级机关办理", 403),
    ErrorKind(
        "admin.beyond",
        "您自己在「{division}」没有「{action}」的授权，不能授予他人",
        "只能授予自己持有的权限；请由持有该权限的上级管理员授予",
        403,
    ),
    ErrorKind(
        "admin.alone",
        "同一位管理员 {days} 天内不能既重设密码、又撤销动态口令",
        "请另一位管理员办理其中一项：否则一个人就能冒用这个账号",
        409,
    ),
    ErrorKind("admin.action", "没有「{action}」这项权限", "请从列表中选择一项权限、一类权限或者全部权限", 422),
    ErrorKind("admin.division", "没有「{division}」这个行政区划", "请填写六位行政区划代码", 422),
    ErrorKind("admin.holder", "「{name}」不能接受授权：{why}", "授权只给在用的主管部门机构和人员", 422),
    ErrorKind("admin.twice", "「{name}」已有同样的授权", "请先收回原来的授权，再授予新的期限", 409),
    ErrorKind("admin.reason", "没有说明事由", "请写明依据或者原因，它会留痕", 422),
    ErrorKind("admin.until", "截止日期「{until}」不在今天之后", "请填写今天之后的日期；长期有效则留空", 422),
    ErrorKind("admin.name", "没有填写名称", "请填写名称后再提交", 422),
    ErrorKind("admin.taken", "用户名「{name}」已有人使用", "请换一个用户名", 409),
    ErrorKind("admin.username", "用户名「{name}」不合要求", "请用 3–30 个字母、数字、点、横线或下划线", 422),
    ErrorKind("admin.unit_busy", "「{name}」还不能撤销：{why}", "请先移交人员、收回授权、调整权责清单", 409),
    ErrorKind("admin.ended", "这一条已经终止", "请刷新页面查看现在的情况", 409),
    ErrorKind("admin.enterprise", "没有找到「{key}」这家企业", "请填写登记簿中企业的统一社会信用代码", 422),
    ErrorKind("admin.role", "「{name}」不是企业账号", "只有企业账号能做企业经办人", 422),
    ErrorKind("admin.demo", "演示账号不能更改", "演示账号是公开的；请新建账号", 409),
    ErrorKind("admin.power", "没有「{power}」这项职权", "请从列表中选择", 422),
)
