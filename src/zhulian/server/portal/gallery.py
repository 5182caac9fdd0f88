"""The page of components: each sample is written once, shown as markup and rendered from that same markup.

The values are made up; there is no data of any enterprise.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template import engines
from django_cotton.compiler_regex import CottonCompiler  # type: ignore[import-untyped]  # it ships no types

from zhulian.server.portal import states


@dataclass(frozen=True, slots=True)
class Sample:
    """One component: what it is for, and markup that shows its states."""

    name: str
    purpose: str
    markup: str


SAMPLES: Final = (
    Sample(
        "icon",
        "Tabler 图标；名称列在 scripts/build_front.mjs。图标只作陪衬，旁边总有文字。",
        '<c-icon name="building" /> <c-icon name="certificate" /> <c-icon name="users" />',
    ),
    Sample(
        "verdict",
        "结论：颜色、图标和文字一起出现。认不出的值按“数据不足”显示。",
        '<c-verdict value="met" />\n<c-verdict value="short" />\n<c-verdict value="unknown" />\n'
        '<c-verdict value="pending" />\n<c-verdict value="short" label="缺 6 人" />\n<c-verdict value="met" large />',
    ),
    Sample("state", "其他四色标签；状态值由 portal.states 的表给出。", '<c-state :of="soon" />'),
    Sample(
        "badge",
        "证书、批次、任务的状态词；词与颜色的对应在 portal.states。",
        '{% for status in statuses %}<c-badge status="{{ status }}" />\n{% endfor %}',
    ),
    Sample(
        "lamp",
        "时限灯：按剩余工作日。3 日以内变黄，超期变红。",
        '{% for remaining in lamps %}<c-lamp :remaining="remaining" />\n{% endfor %}<c-lamp done />',
    ),
    Sample(
        "expiry",
        "证书离到期还有多少天：90 天以内才用状态色。",
        '{% for left in days %}<c-expiry :days="left" />\n{% endfor %}',
    ),
    Sample(
        "card",
        "只在内容性质不同时分卡片。flush 去掉内边距，供表格用。",
        '<c-card title="资质">\n  <c-slot name="actions"><a href="#card">导出</a></c-slot>\n  正文\n'
        '  <c-slot name="footer"><c-source name="全国平台" :at="day" /></c-slot>\n</c-card>',
    ),
    Sample(
        "empty",
        "空状态：这里会有什么，怎样才会有。",
        '<c-empty title="还没有数据批次" text="上传文件或接通数据接口后，批次显示在这里。" icon="database-import">\n'
        '  <a class="btn btn-primary" href="#empty">上传文件</a>\n</c-empty>',
    ),
    Sample("total", "列表上方的去重合计；有链接的数字打开它背后的清单。", '<c-total :items="totals" />'),
    Sample(
        "table",
        "表头不随滚动消失；stack 在手机上把每行变成一张卡片（单元格写 data-label）。",
        '<c-table caption="企业" stack>\n  <thead><tr><c-th field="name" label="企业名称" />'
        '<c-th field="people" label="人员" number /></tr></thead>\n  <tbody><tr><th scope="row" data-label="企业名称">'
        '示例建设有限公司</th><td class="zl-number" data-label="人员">126</td></tr></tbody>\n</c-table>',
    ),
    Sample(
        "th",
        "可排序的表头：再点一次反序，页码回到第一页。用法见上例。",
        '<c-table><thead><tr><c-th field="code" label="代码" /></tr></thead></c-table>',
    ),
    Sample(
        "pager",
        "翻页：给 Django 的 page，或给键集游标 next、previous。",
        '<c-pager :page="page" />\n<c-pager next="a1b2" previous="z9" />',
    ),
    Sample("tabs", "标签页带数量。", '<c-tabs :items="tabs" label="企业信息" />'),
    Sample("datepicker", "按哪一天看。", '<c-datepicker name="as_of" :value="day" label="截至日期" />'),
    Sample(
        "actions",
        "一组操作；一页只有一个主要操作。",
        '<c-actions><button class="btn btn-primary" type="button">提交</button><button class="btn" type="button">取消</button></c-actions>',
    ),
    Sample(
        "field",
        "表单字段：标签、说明、错误各有其位。",
        '<c-field :field="form.name" />\n<c-field :field="form.note" />',
    ),
    Sample(
        "progress",
        "进度和预计剩余时间；总数未知时不给 total。",
        '<c-progress label="归集" :done="1200" :total="5000" eta="2 分钟" />\n<c-progress label="统计行数" :done="300" />',
    ),
    Sample(
        "source",
        "来源和新旧：每一块数据都要有。",
        '<c-source name="全国建筑市场监管公共服务平台" :at="day" /><br><c-source />',
    ),
    Sample(
        "reason",
        "一条标准：要求、查得、结论，展开看理由、缺口和依据；可以嵌套。",
        '<c-reason label="注册建造师" verdict="short" required="不少于 12 人" found="4 至 5 人" short_by="缺 7 人"\n'
        '  :notes="notes" citation="建市〔2014〕159号 第 4.2 条" evidence="excerpt" open>\n'
        '  <c-reason label="建筑工程专业" verdict="unknown" required="不少于 9 人" found="至少 3 人" />\n</c-reason>\n'
        '<c-reason label="净资产" verdict="met" required="不少于 4,000 万元" found="5,210 万元" />',
    ),
    Sample("citation", "依据，以及我们对原文的把握。", '<c-citation text="建市〔2016〕226号" evidence="law" />'),
    Sample("masked", "脱敏的值；没有查看权限时给空值，显示“—”。", '<c-masked value="张**" /> <c-masked value="" />'),
)


class SampleForm(forms.Form):
    """One field with an error, one with help."""

    name = forms.CharField(label="企业名称", widget=forms.TextInput(attrs={"class": "form-control"}))
    note = forms.CharField(
        label="备注",
        required=False,
        help_text="不超过 200 字",
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )


def rendered(request: HttpRequest) -> list[tuple[Sample, str]]:
    """Each sample with what its markup gives."""
    compiler, engine, values = CottonCompiler(), engines["django"], _values()
    return [
        (sample, engine.from_string(compiler.process(sample.markup)).render(dict(values), request))
        for sample in SAMPLES
    ]


def _values() -> dict[str, Any]:
    return {
        "day": dt.date(2025, 6, 30),
        "soon": states.State("pending", "hourglass", "待复核"),
        "form": SampleForm({"name": "", "note": "示例"}),
        "page": Paginator(range(2345), 20).get_page(7),
        "notes": ["二级建造师 3 人的社会保险缴纳单位不是本企业，不计入", "1 人的出生日期未知，可能计入"],
        "totals": [
            {"label": "企业", "count": 2345, "unit": "户", "url": "#total"},
            {"label": "资质", "count": 12034, "unit": "项", "url": "#total"},
            {"label": "不达标", "count": 38, "unit": "项"},
        ],
        "tabs": [
            {"label": "资质", "url": "#tabs", "count": 4, "current": True},
            {"label": "注册人员", "url": "#tabs", "count": 126, "current": False},
            {"label": "业绩", "url": "#tabs", "count": 0, "current": False},
        ],
        "statuses": ["有效", "停业整顿", "暂扣", "降级", "撤回", "过期", "注销", "状态未登记"],
        "lamps": [12, 3, 0, -2, None],
        "days": [400, 45, -7, None],
    }
