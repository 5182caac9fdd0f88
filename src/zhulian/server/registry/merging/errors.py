"""Why a merge or its undoing is refused."""

from __future__ import annotations

from zhulian.core.kernel.errors import ErrorKind, register

register(
    ErrorKind("identity.no_reason", "没有写明理由", "请写明依据，例如核对了哪份证照、问过谁", 422),
    ErrorKind("identity.no_pair", "没有这一对主体，或不在您可以处理的范围内", "请从身份冲突列表重新进入", 404),
    ErrorKind("identity.changed", "这一对主体在您打开页面之后有了变化，没有作任何改动", "请看过最新的情况再处理", 409),
    ErrorKind("identity.survivor", "保留主体只能是这一对中的一个", "请重新选择保留哪一个", 422),
    ErrorKind("identity.kinds", "两个主体不是同一种类", "企业只能与企业合并，人员与人员，项目与项目", 422),
    ErrorKind("identity.merged_already", "其中一个主体已经并入别的主体", "请打开它并入的主体，在那里处理", 409),
    ErrorKind(
        "identity.two_codes",
        "两个主体各有自己的{label}：{first} 与 {second}",
        "同一主体换发过编号的，请核对证照并勾选“已核实”；否则请判为不同主体",
        422,
    ),
    ErrorKind("identity.not_merged", "这次合并已经撤销，或者没有这次合并", "请刷新页面查看现在的情况", 409),
    ErrorKind("identity.snooze", "暂缓的日期要在今天以后、一年以内", "请重新选择日期", 422),
)
