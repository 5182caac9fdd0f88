"""Rows of the error catalogue that the ledger raises."""

from zhulian.core.kernel.errors import ErrorKind, register

register(
    ErrorKind("ledger.waiting", "留痕 {number} 还没有编入账本", "约一分钟后再试；一直如此请联系管理员", 409),
    ErrorKind(
        "ledger.changed",
        "留痕 {number} 的内容与写入时不同，账本停止编号",
        "数据库被改动过：请保留现场，从备份核对该行后再继续",
        500,
    ),
    ErrorKind("ledger.raced", "另一个进程同时延长了账本（原有 {size} 条）", "无需处理，下一轮会继续", 500),
    ErrorKind(
        "ledger.lost",
        "已公布的检查点有 {published} 条，数据库只有 {held} 条：数据库是从更早的备份恢复的，不能证明与已公布的一致",
        "请恢复较新的备份；确实没有的，用 zhulian ledger restart 写明原因，以新的名称继续",
        500,
    ),
    ErrorKind(
        "ledger.forked",
        "数据库里前 {size} 条留痕与已公布的检查点不符",
        "数据库被改动过，或恢复了另一份备份：请保留现场，恢复正确的备份；确实没有的，用 zhulian ledger restart",
        500,
    ),
    ErrorKind(
        "ledger.published_broken",
        "数据目录 ledger 下的 {path} 不是本机签发的检查点：{detail}",
        "请从备份恢复该文件和 keys 目录下的 ledger-1.key",
        500,
    ),
    ErrorKind("ledger.policy", "见证规则文件不能用：{detail}", "请按 tlog-policy 的格式修改后重试", 500),
    ErrorKind("ledger.no_reason", "没有写明原因", "请写明数据是怎样丢失的，以及由谁决定继续", 422),
    ErrorKind("ledger.continues", "数据库与已公布的检查点一致，账本不需要重新开始", "无需处理", 409),
    ErrorKind("ledger.no_leaf", "没有「{what}」的留痕", "请核对编号；对象写作 enterprise:17、user:3 这样的形式", 404),
    ErrorKind("ledger.not_empty", "「{path}」里已有文件", "请换一个空文件夹", 422),
    ErrorKind("ledger.witness_known", "已经在为「{origin}」见证，登记的是另一把公钥", "请先核对对方的公钥", 409),
    ErrorKind("ledger.key", "这不是账本的公钥：{detail}", "公钥写作 名称+编号+内容，一行，由对方提供", 422),
)
