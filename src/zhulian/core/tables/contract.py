"""The canonical tables.

Units: money in fen, lengths and areas × 1000, counts plain. A table arrives here with the first capability
that stores it. Codes of the options are the words that officers use.
"""

from __future__ import annotations

from typing import Final

from zhulian.core.tables.indicators import INDICATORS
from zhulian.core.tables.model import Column, Kind, Publicity, Table


def _text(
    name: str,
    label: str,
    *,
    required: bool = False,
    check: str = "",
    limit: int = 200,
    options: tuple[str, ...] = (),
    public: Publicity = Publicity.OPEN,
) -> Column:
    return Column(name, Kind.TEXT, label, required=required, check=check, limit=limit, options=options, public=public)


def _date(name: str, label: str, *, required: bool = False, public: Publicity = Publicity.OPEN) -> Column:
    return Column(name, Kind.DATE, label, required=required, public=public)


def _yuan(name: str, label: str, *, public: Publicity = Publicity.OPEN) -> Column:
    return Column(name, Kind.INT, label, unit="元", scale=100, public=public)


def _square_metres(name: str, label: str) -> Column:
    return Column(name, Kind.INT, label, unit="㎡", scale=1000)


def _number(name: str, label: str, unit: str, *, required: bool = False) -> Column:
    return Column(name, Kind.INT, label, unit=unit, required=required)


def _bool(name: str, label: str, *, required: bool = False) -> Column:
    return Column(name, Kind.BOOL, label, required=required)


def _enterprise(*, required: bool = True, name: str = "enterprise", label: str = "企业") -> Column:
    return Column(name, Kind.REF, label, required=required, refers="enterprise")


def _person(*, required: bool = True, name: str = "person", label: str = "人员") -> Column:
    return Column(name, Kind.REF, label, required=required, refers="person", public=Publicity.PARTIES)


def _project(*, required: bool = True) -> Column:
    return Column("project", Kind.REF, "项目", required=required, refers="project")


CONSTRUCTOR_KINDS: Final = ("一级注册建造师", "二级注册建造师")
TITLE_GRADES: Final = ("初级", "中级", "副高级", "正高级")
SKILL_GRADES: Final = ("初级工", "中级工", "高级工", "技师", "高级技师")
QUALIFICATION_STATES: Final = ("有效", "停业整顿", "降级", "撤回", "撤销", "吊销", "注销", "过期")
HAZARD_LEVELS: Final = ("一般", "重大")
CREDIT_KINDS: Final = (
    "行政处罚",
    "违法发承包",
    "串通投标",
    "虚假材料",
    "严重失信",
    "拖欠工资",
    "投诉查实",
    "表彰奖励",
)

_TABLES: Final = (
    Table(
        "enterprise",
        "企业",
        ("enterprise",),
        since="established_on",
        order=(),
        columns=(
            _enterprise(required=False),
            _text("uscc", "统一社会信用代码", check="uscc", limit=18),
            _text("name", "企业名称", required=True),
            _text("legal_representative", "法定代表人", limit=60),
            _text("region", "注册地行政区划", check="division", limit=6),
            _text("address", "地址", limit=300),
            _yuan("registered_capital", "注册资本"),
            _date("established_on", "成立日期"),
            _text("kind", "企业类型", limit=60),
            _text("status", "登记状态", options=("active", "cancelled", "revoked")),
        ),
    ),
    Table(
        "finance",
        "财务",
        ("enterprise", "as_of"),
        since="",
        columns=(
            _enterprise(),
            _date("as_of", "报表日期", required=True),
            _yuan("net_assets", "净资产", public=Publicity.PARTIES),
            _yuan("total_assets", "资产总额", public=Publicity.PARTIES),
            _yuan("liabilities", "负债总额", public=Publicity.PARTIES),
            _yuan("revenue", "营业收入", public=Publicity.PARTIES),
        ),
    ),
    Table(
        "qualification",
        "资质",
        ("enterprise", "certificate_no", "code"),
        since="issued_on",
        order=(("issued_on", "valid_until"),),
        columns=(
            _text("certificate_no", "证书编号", limit=40),
            _text("code", "资质代码", required=True, check="qualification", limit=10),
            _enterprise(),
            _date("issued_on", "发证日期"),
            _date("valid_until", "有效期至"),
            _text("authority", "发证机关"),
            _text("granted_how", "取得方式", options=("审批", "告知承诺", "延续", "重组分立")),
            _text("status", "资质状态", options=QUALIFICATION_STATES),
            _text("limit_content", "受限内容", limit=500),
        ),
    ),
    Table(
        "safety_permit",
        "安全生产许可证",
        ("permit_no",),
        since="issued_on",
        order=(("issued_on", "valid_until"),),
        columns=(
            _text("permit_no", "许可证编号", required=True, limit=60),
            _enterprise(),
            _date("issued_on", "发证日期"),
            _date("valid_until", "有效期至"),
            _text("authority", "发证机关"),
            _text("status", "许可证状态", options=("有效", "暂扣", "吊销", "注销", "过期")),
        ),
    ),
    Table(
        "person",
        "人员",
        ("person",),
        subject="person",
        columns=(
            _person(required=False),
            _text("name", "姓名", required=True, limit=60, public=Publicity.PARTIES),
            _text("id_no", "身份证号码", check="resident_id", limit=18, public=Publicity.SECRET),
            _text("phone", "联系电话", check="phone", limit=20, public=Publicity.SECRET),
            _date("birth_on", "出生日期", public=Publicity.PARTIES),
            _text("sex", "性别", options=("男", "女"), public=Publicity.PARTIES),
        ),
    ),
    Table(
        "registration",
        "注册执业资格",
        ("person", "enterprise", "kind", "specialty"),
        subject="enterprise",
        columns=(
            _text("registration_no", "注册编号", limit=60),
            _person(),
            _enterprise(),
            _text("kind", "注册类别", required=True, limit=40),
            _text("specialty", "注册专业", limit=60),
            _date("valid_until", "有效期至"),
            _text("end_reason", "注销原因"),
        ),
    ),
    Table(
        "title",
        "职称",
        ("person", "specialty", "grade"),
        subject="person",
        since="awarded_on",
        columns=(
            _person(),
            _text("specialty", "职称专业", limit=60),
            _text("grade", "职称等级", required=True, options=TITLE_GRADES),
            _date("awarded_on", "取得日期"),
        ),
    ),
    Table(
        "post_certificate",
        "岗位证书",
        ("certificate_no",),
        since="issued_on",
        order=(("issued_on", "valid_until"),),
        columns=(
            _text("certificate_no", "证书编号", required=True, limit=60),
            _person(),
            _enterprise(),
            _text("post", "岗位", required=True, limit=40),
            _date("issued_on", "发证日期"),
            _date("valid_until", "有效期至"),
        ),
    ),
    Table(
        "safety_certificate",
        "安全生产考核合格证（三类人员）",
        ("certificate_no",),
        columns=(
            _text("certificate_no", "证书编号", required=True, limit=60),
            _person(),
            _enterprise(),
            _text("class", "类别", required=True, options=("A", "B", "C1", "C2", "C3")),
            _date("valid_until", "有效期至"),
        ),
    ),
    Table(
        "skill",
        "技能等级证书",
        ("certificate_no",),
        since="issued_on",
        columns=(
            _text("certificate_no", "证书编号", required=True, limit=60),
            _person(),
            _enterprise(),
            _text("trade", "工种", limit=60),
            _text("grade", "等级", required=True, options=SKILL_GRADES),
            _date("issued_on", "发证日期"),
        ),
    ),
    Table(
        "insurance",
        "社会保险",
        ("person", "enterprise", "month_from"),
        since="month_from",
        order=(("month_from", "month_until"),),
        columns=(
            _person(),
            _enterprise(label="缴纳单位"),
            _date("month_from", "缴纳起始月", required=True, public=Publicity.PARTIES),
            _date("month_until", "缴纳截止月", public=Publicity.PARTIES),
        ),
    ),
    Table(
        "officer",
        "主要负责人",
        ("enterprise", "post", "person"),
        columns=(
            _enterprise(),
            _text(
                "post",
                "职务",
                required=True,
                options=("法定代表人", "总经理", "技术负责人", "财务负责人", "安全负责人"),
            ),
            _person(),
            _number("years_in_management", "从事工程施工技术管理工作年限", "年"),
        ),
    ),
    Table(
        "equipment",
        "机械设备",
        ("enterprise", "kind", "spec", "owned"),
        columns=(
            _enterprise(),
            _text("kind", "设备种类", required=True, limit=60),
            _number("count", "数量", "台", required=True),
            _bool("owned", "自有"),
            _text("spec", "规格", limit=100),
        ),
    ),
    Table(
        "project",
        "工程项目",
        ("project",),
        subject="project",
        order=(("planned_start_on", "planned_finish_on"), ("started_on", "finished_on")),
        columns=(
            _project(required=False),
            _text("project_code", "项目编码", limit=60),
            _text("name", "项目名称", required=True, limit=300),
            _text("region", "所在地行政区划", check="division", limit=6),
            _text("kind", "工程类型", limit=40),
            _text("use", "工程用途", limit=40),
            _text("nature", "建设性质", limit=40),
            _text("owner", "建设单位"),
            _square_metres("total_area", "总面积"),
            _yuan("total_investment", "总投资"),
            _date("planned_start_on", "计划开工"),
            _date("planned_finish_on", "计划竣工"),
            _date("started_on", "实际开工"),
            _date("finished_on", "实际竣工"),
            _text("status", "状态", options=("未开工", "在建", "停工", "竣工")),
        ),
    ),
    Table(
        "tender",
        "招标",
        ("tender_no",),
        subject="project",
        columns=(
            _text("tender_no", "招标编号", required=True, limit=60),
            _project(),
            _date("opened_on", "开标（中标）日期"),
            _text("method", "招标方式", limit=40),
            _text("agency", "招标代理机构"),
        ),
    ),
    Table(
        "bid",
        "投标",
        ("tender_no", "enterprise"),
        columns=(
            _text("tender_no", "招标编号", required=True, limit=60),
            _enterprise(),
            _yuan("price", "投标价"),
            _bool("won", "中标"),
            _number("rank", "名次", "名"),
        ),
    ),
    Table(
        "contract",
        "合同",
        ("contract_no", "enterprise"),
        since="signed_on",
        columns=(
            _text("contract_no", "合同编号", required=True, limit=60),
            _project(),
            _enterprise(),
            _text("role", "承包角色", required=True, limit=40),
            _yuan("amount", "合同额"),
            _date("signed_on", "签订日期"),
            _text("scale", "建设规模", limit=500),
        ),
    ),
    Table(
        "participation",
        "参建单位",
        ("project", "enterprise", "role"),
        columns=(_project(), _enterprise(), _text("role", "参建角色", required=True, limit=40)),
    ),
    Table(
        "work",
        "业绩",
        ("work", "enterprise", "indicator"),
        columns=(
            _text("work", "业绩编号", required=True, limit=80),
            _project(required=False),
            _enterprise(),
            _date("completed_on", "竣工日期"),
            _bool("accepted", "验收合格"),
            _person(required=False, name="lead_person", label="项目负责人"),
            _text("data_grade", "数据等级", options=("A", "B", "C", "D")),
            _text("indicator", "指标", required=True, options=tuple(INDICATORS)),
            Column("value", Kind.INT, "指标值", required=True, unit="按指标"),
        ),
    ),
    Table(
        "permit",
        "施工许可",
        ("permit_no",),
        since="issued_on",
        columns=(
            _text("permit_no", "施工许可证编号", required=True, limit=60),
            _project(),
            _enterprise(label="施工单位"),
            _date("issued_on", "发证日期"),
            _yuan("amount", "合同价格"),
            _square_metres("area", "建设规模（面积）"),
        ),
    ),
    Table(
        "appointment",
        "岗位任命",
        ("project", "post", "person"),
        columns=(
            _project(),
            _text("post", "岗位", required=True, limit=40),
            _person(),
            _enterprise(),
            _bool("committed", "投标承诺人员"),
        ),
    ),
    Table(
        "person_lock",
        "在建锁定",
        ("person", "project", "post"),
        subject="person",
        since="locked_on",
        order=(("locked_on", "unlocked_on"),),
        columns=(
            _person(),
            _project(),
            _text("post", "岗位", required=True, limit=40),
            _date("locked_on", "锁定日期"),
            _date("unlocked_on", "解锁日期"),
            _text("reason", "锁定或解锁原因"),
        ),
    ),
    Table(
        "hazard",
        "安全隐患",
        ("hazard_no",),
        since="found_on",
        order=(("found_on", "due_on"), ("found_on", "closed_on")),
        columns=(
            _text("hazard_no", "隐患编号", required=True, limit=60),
            _project(),
            _enterprise(),
            _text("level", "隐患等级", required=True, options=HAZARD_LEVELS),
            _text("kind", "隐患类型", limit=60),
            _date("found_on", "发现日期", required=True),
            _text("found_by", "发现单位"),
            _date("due_on", "整改期限"),
            _date("closed_on", "销号日期"),
        ),
    ),
    Table(
        "accident",
        "生产安全事故",
        ("accident_no", "enterprise"),
        since="occurred_on",
        order=(("occurred_on", "reported_on"), ("occurred_on", "concluded_on")),
        columns=(
            _text("accident_no", "事故编号", required=True, limit=60),
            _project(),
            _enterprise(),
            _date("occurred_on", "发生日期", required=True),
            _number("deaths", "死亡人数", "人"),
            _number("serious_injuries", "重伤人数", "人"),
            _yuan("direct_loss", "直接经济损失"),
            _date("reported_on", "报告日期"),
            _bool("concealed", "瞒报、谎报、迟报、漏报"),
            _date("concluded_on", "调查报告批复日期"),
            _bool("responsible", "负有责任"),
        ),
    ),
    Table(
        "credit_record",
        "信用记录",
        ("record_no",),
        since="decided_on",
        order=(("public_from", "public_until"), ("decided_on", "repaired_on")),
        columns=(
            _text("record_no", "记录编号", required=True, limit=60),
            _enterprise(required=False),
            _person(required=False),
            _text("polarity", "性质", required=True, options=("良好", "不良")),
            _text("kind", "类别", required=True, options=CREDIT_KINDS),
            _text("act", "违法行为", limit=40),
            _text("item", "事项", limit=300),
            _date("decided_on", "决定日期"),
            _date("effective_on", "生效日期"),
            _text("authority", "作出机关"),
            _text("document_no", "文书文号", limit=80),
            _project(required=False),
            _date("public_from", "公示起"),
            _date("public_until", "公示止"),
            _date("repaired_on", "修复日期"),
        ),
    ),
    Table(
        "coverage",
        "数据覆盖",
        ("feed", "table_name", "enterprise", "division", "period_from"),
        since="period_from",
        order=(("period_from", "period_until"),),
        columns=(
            _text("feed", "数据来源", required=True, limit=80),
            _text("table_name", "表", required=True, limit=40),
            _enterprise(required=False),
            _text("division", "行政区划范围", check="division", limit=6),
            _date("period_from", "覆盖起", required=True),
            _date("period_until", "覆盖止"),
            _bool("complete", "完整", required=True),
        ),
    ),
)

TABLES: Final = {t.name: t for t in _TABLES}
"""Every canonical table by name, subjects before the rows that refer to them."""


def table(name: str) -> Table:
    """The table of that name.

    Raises:
        KeyError: if there is none.
    """
    return TABLES[name]
