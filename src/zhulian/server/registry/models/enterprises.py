"""What an enterprise is and holds: register, finance, qualifications, permits, equipment, and what was told of it.

Columns equal `core.tables` (checked by a test); `source_id` names the delivery a row came from.
"""

from __future__ import annotations

from django.db import models

from zhulian.server.registry.models.fields import (
    Fact,
    boolean,
    date,
    integer,
    required_boolean,
    required_date,
    required_integer,
    required_subject,
    required_text,
    subject,
    text,
)


class Enterprise(Fact):
    enterprise = required_subject("企业")
    uscc = text("统一社会信用代码", 18)
    name = required_text("企业名称", 200)
    legal_representative = text("法定代表人", 60)
    region = text("注册地行政区划", 6)
    address = text("地址", 300)
    registered_capital = integer("注册资本")
    established_on = date("成立日期")
    kind = text("企业类型", 60)
    status = text("登记状态", 200)

    class Meta(Fact.Meta):
        db_table = "enterprise"
        verbose_name = "企业"
        indexes = (models.Index(fields=["enterprise"]),)


class Finance(Fact):
    enterprise = required_subject("企业")
    as_of = required_date("报表日期")
    net_assets = integer("净资产")
    total_assets = integer("资产总额")
    liabilities = integer("负债总额")
    revenue = integer("营业收入")

    class Meta(Fact.Meta):
        db_table = "finance"
        verbose_name = "财务"
        indexes = (models.Index(fields=["enterprise"]),)


class Qualification(Fact):
    certificate_no = text("证书编号", 40)
    code = required_text("资质代码", 10)
    enterprise = required_subject("企业")
    issued_on = date("发证日期")
    valid_until = date("有效期至")
    authority = text("发证机关", 200)
    granted_how = text("取得方式", 200)
    status = text("资质状态", 200)
    limit_content = text("受限内容", 500)

    class Meta(Fact.Meta):
        db_table = "qualification"
        verbose_name = "资质"
        indexes = (models.Index(fields=["enterprise"]), models.Index(fields=["authority", "enterprise"]))


class SafetyPermit(Fact):
    permit_no = required_text("许可证编号", 60)
    enterprise = required_subject("企业")
    issued_on = date("发证日期")
    valid_until = date("有效期至")
    authority = text("发证机关", 200)
    status = text("许可证状态", 200)

    class Meta(Fact.Meta):
        db_table = "safety_permit"
        verbose_name = "安全生产许可证"
        indexes = (models.Index(fields=["enterprise"]), models.Index(fields=["permit_no"]))


class Equipment(Fact):
    enterprise = required_subject("企业")
    kind = required_text("设备种类", 60)
    count = required_integer("数量")
    owned = boolean("自有")
    spec = text("规格", 100)

    class Meta(Fact.Meta):
        db_table = "equipment"
        verbose_name = "机械设备"
        indexes = (models.Index(fields=["enterprise"]),)


class Coverage(Fact):
    feed = required_text("数据来源", 80)
    table_name = required_text("表", 40)
    enterprise = subject("企业")
    division = text("行政区划范围", 6)
    period_from = required_date("覆盖起")
    period_until = date("覆盖止")
    complete = required_boolean("完整")

    class Meta(Fact.Meta):
        db_table = "coverage"
        verbose_name = "数据覆盖"
        indexes = (models.Index(fields=["enterprise"]),)
