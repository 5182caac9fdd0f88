"""Rows of the error catalogue that the foundations raise."""

from zhulian.core.kernel.errors import ErrorKind, register

register(
    ErrorKind("access.refused", "您没有「{action}」的权限", "如需办理，请联系本单位管理员授权", 403),
    ErrorKind("access.sign_in", "请先登录", "登录后重试；接口调用请携带有效凭证", 401),
    ErrorKind("access.locked", "登录失败次数过多，已暂时锁定", "请 {minutes} 分钟后再试，或联系管理员", 429),
    ErrorKind("access.demo_remote", "演示账号只能在本机登录", "请在运行筑联的机器上访问，或请管理员开通正式账号", 403),
    ErrorKind("access.password", "用户名或密码不正确", "请核对后重试", 403),
    ErrorKind("request.not_found", "没有找到您要的页面或数据", "请核对地址，或从首页重新进入", 404),
    ErrorKind("request.bad", "请求内容有误：{detail}", "请核对填写的内容后重新提交", 400),
    ErrorKind("request.nul", "请求中含有空字符（NUL）", "请删去该字符后重新提交；复制粘贴的内容可先贴到记事本里", 400),
    ErrorKind("request.invalid", "提交的内容未通过校验", "请按各字段的说明修改后重新提交", 422),
    ErrorKind("request.too_large", "提交的内容过大", "请拆分后重新提交", 413),
    ErrorKind("request.csrf", "页面已过期，未能确认这次提交来自本页面", "请刷新页面后重新提交", 403),
    ErrorKind(
        "server.failed", "系统出现故障，本次操作没有生效", "请稍后重试；仍不成功请把编号 {reference} 告诉管理员", 500
    ),
    ErrorKind("event.depth", "事件「{type}」的起因链超过 {limit} 层，已停止", "请检查联动规则是否循环", 500),
    ErrorKind("job.failed", "任务多次失败，已停止：{detail}", "请把任务编号告诉管理员，排除故障后重新开始", 500),
    ErrorKind("crypto.key_missing", "密钥 {name}-{version} 不存在或已被替换", "请从备份恢复密钥文件后重新启动", 500),
    ErrorKind("crypto.tampered", "加密内容已损坏，或不属于这一行", "请从备份恢复该数据，并检查存储是否被改动", 500),
    ErrorKind("store.missing", "文件 {sha256} 不在文件库中", "请从备份恢复文件库", 404),
    ErrorKind("store.infected", "文件「{name}」未通过查毒：{detail}", "请清除病毒后重新上传", 422),
    ErrorKind("clock.backward", "业务时钟只能向前拨", "请填写大于零的天数", 422),
    ErrorKind("dead_letter.state", "这条死信已处理", "请刷新列表", 409),
)
