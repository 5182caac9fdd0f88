"""Indicators of works (业绩指标): what a standard measures in a finished work, with unit and scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Indicator:
    """One measure of a work; values are stored × `scale` as int64."""

    name: str
    label: str
    unit: str
    scale: int = 1


def _indicators(*rows: Indicator) -> dict[str, Indicator]:
    return {row.name: row for row in rows}


INDICATORS: Final = _indicators(
    Indicator("amount", "合同额", "元", 100),
    Indicator("area_m2", "建筑面积", "㎡", 1000),
    Indicator("storeys", "地上层数", "层"),
    Indicator("structure_height_m", "构筑物高度", "m", 1000),
    Indicator("span_m", "混凝土单跨", "m", 1000),
    Indicator("steel_span_m", "钢结构单跨", "m", 1000),
    Indicator("installed_kw", "电站装机容量", "kW", 1),
    Indicator("units_200mw", "单机 20 万千瓦机组", "台"),
    Indicator("units_100mw", "单机 10 万千瓦机组", "台"),
    Indicator("line_220kv_km", "220 千伏送电线路", "km", 1000),
    Indicator("line_110kv_km", "110 千伏送电线路", "km", 1000),
    Indicator("substation_220kv", "220 千伏变电站", "座"),
    Indicator("substation_110kv", "110 千伏变电站", "座"),
    Indicator("cable_220kv_km", "220 千伏电缆", "km", 1000),
    Indicator("cable_110kv_km", "110 千伏电缆", "km", 1000),
    Indicator("road_area_m2", "城市道路面积", "㎡", 1000),
    Indicator("road_length_km", "城市道路长度", "km", 1000),
    Indicator("bridge_area_m2", "城市桥梁面积", "㎡", 1000),
    Indicator("bridge_span_m", "桥梁单跨", "m", 1000),
    Indicator("drain_km", "排水管道", "km", 1000),
    Indicator("water_pipe_km", "供水、中水管道", "km", 1000),
    Indicator("gas_pipe_km", "燃气管道", "km", 1000),
    Indicator("heat_pipe_km", "热力管道", "km", 1000),
    Indicator("sewage_tpd", "污水处理规模", "吨/日"),
    Indicator("waterworks_tpd", "供水厂规模", "吨/日"),
    Indicator("pump_tpd", "泵站规模", "吨/日"),
    Indicator("refuse_tpd", "生活垃圾处理规模", "吨/日"),
    Indicator("tunnel_km", "城市隧道", "km", 1000),
    Indicator("bridges_500m", "桥长 500 m 以上、单跨 100 m 以上或墩高 60 m 以上的桥梁", "座"),
    Indicator("bridges_100m", "桥长 100 m 以上或单跨 40 m 以上的桥梁", "座"),
    Indicator("bridge_amount", "桥梁工程合同额", "元", 100),
    Indicator("tunnels_500m", "单洞长 500 m 以上的隧道", "座"),
    Indicator("tunnel_length_km", "隧道长度", "km", 1000),
    Indicator("curtain_wall_m2", "建筑幕墙面积", "㎡", 1000),
    Indicator("antique_area_m2", "仿古建筑单体面积", "㎡", 1000),
    Indicator("relics_national", "国家重点文物保护单位主要古建筑修缮", "处"),
    Indicator("relics_provincial", "省级重点文物保护单位主要古建筑修缮", "处"),
    Indicator("rail_cable_km", "铁路通信光（电）缆及设备安装", "条公里", 1000),
    Indicator("rail_points", "电气集中道岔", "组"),
    Indicator("rail_block_km", "自动闭塞", "km", 1000),
    Indicator("rail_power_km", "铁路电力线及变电所（站）安装", "km", 1000),
    Indicator("rail_electric_main_km", "Ⅰ、Ⅱ级铁路电气化", "条公里", 1000),
    Indicator("rail_electric_km", "铁路电气化", "条公里", 1000),
    Indicator("coast_wharf_t", "沿海码头", "吨级"),
    Indicator("river_wharf_t", "内河码头", "吨级"),
    Indicator("dock_t", "船坞", "吨级"),
    Indicator("breakwater_m", "水深大于 5 m 的防波堤", "m", 1000),
    Indicator("coast_channel_t", "沿海航道", "吨级"),
    Indicator("river_channel_t", "内河航道", "吨级"),
    Indicator("ship_lock_t", "船闸", "吨级"),
    Indicator("ship_lift_t", "升船机", "吨级"),
    Indicator("dredged_m3", "疏浚", "m³"),
    Indicator("reclaimed_m3", "吹填造地", "m³"),
    Indicator("coast_yard_m2", "沿海港区堆场", "㎡", 1000),
    Indicator("river_yard_m2", "内河港区堆场", "㎡", 1000),
    Indicator("revetment_m", "围堤护岸", "m", 1000),
    Indicator("reef_m3", "水下炸礁、清礁", "m³"),
    Indicator("navigation_amount", "通航建筑物工程合同额", "元", 100),
    Indicator("coast_handling_t", "沿海散货、集装箱码头成套装卸设备安装", "吨级"),
    Indicator("river_handling_t", "内河散货、集装箱码头成套装卸设备安装", "吨级"),
    Indicator("oil_terminal_sets", "油、气码头成套设备安装", "套"),
    Indicator("lock_equipment_t", "船闸设备安装", "吨级"),
    Indicator("lift_equipment_t", "升船机设备安装", "吨级"),
    Indicator("traffic_system_amount", "水上船舶交管系统工程合同额", "元", 100),
    Indicator("sea_signals_amount", "海上通信导航工程合同额", "元", 100),
    Indicator("river_signals_amount", "内河通信导航工程合同额", "元", 100),
    Indicator("steel_tpy", "炼钢、连铸", "吨/年"),
    Indicator("converter_t", "转炉", "吨"),
    Indicator("arc_furnace_t", "电炉", "吨"),
    Indicator("rolling_tpy", "轧钢", "吨/年"),
    Indicator("iron_tpy", "炼铁", "吨/年"),
    Indicator("blast_furnace_m3", "高炉", "m³"),
    Indicator("sinter_m2", "烧结机", "㎡", 1000),
    Indicator("coke_tpy", "炼焦", "吨/年"),
    Indicator("coke_oven_m", "焦炉炭化室高度", "m", 1000),
    Indicator("oxygen_m3h", "制氧", "m³/h"),
    Indicator("alumina_tpy", "氧化铝", "吨/年"),
    Indicator("aluminium_tpy", "铝冶炼、电解", "吨/年"),
    Indicator("copper_lead_zinc_tpy", "铜、铅、锌冶炼、电解", "吨/年"),
    Indicator("nickel_tpy", "镍冶炼、电解", "吨/年"),
    Indicator("nonferrous_tpy", "有色金属加工", "吨/年"),
    Indicator("foil_tpy", "有色金属箔材加工", "吨/年"),
    Indicator("cement_tpd", "新型干法水泥", "吨/日"),
    Indicator("cement_kiln_tpd", "水泥预热器或烧成系统", "吨/日"),
    Indicator("float_glass_tpd", "浮法玻璃", "吨/日"),
    Indicator("cement_mill_tpy", "水泥粉磨", "吨/年"),
)
