#!/usr/bin/env python3
"""Writes the Grafana boards (deploy/grafana/dashboards/*.json), typed by the Grafana Foundation SDK.

    deploy/test-tools.sh && build/test-tools/bin/python deploy/grafana/make_boards.py
        [--out DIR] [--console https://tthc.example.gov.vn]

Words that officials read are Vietnamese. Names of indicators and findings come from where the program
has them: config/data/indicators_766.toml and docs/findings.md.
"""

import argparse
import json
import pathlib
import re
import tomllib

from grafana_foundation_sdk.builders import (
    bargauge, common, dashboard, prometheus, stat, table, timeseries)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import prometheus as prometheus_models

ROOT = pathlib.Path(__file__).resolve().parents[2]

PROVINCE, UNIT, ALERTS, INDICATORS, HEALTH = (
    "tthc-province", "tthc-unit", "tthc-alerts", "tthc-indicators", "tthc-health")

# One monitor may be several instances, each with a part of the cases: figures are summed over them.
SCRAPED = 'job=~"$job",instance=~"$instance"'
SOURCE = models.DataSourceRef(type_val="prometheus", uid="$datasource")

GREEN, YELLOW, ORANGE, RED, BLUE = "green", "yellow", "orange", "red", "blue"


# --- expressions

def series(metric, selector="", range_=""):
    inside = ",".join(part for part in (SCRAPED, selector) if part)
    return f"{metric}{{{inside}}}{range_}"


def subtree(metric, selector):
    """Of a unit with all below it: the rollup, or its own figures where nothing lies below."""
    return f"({series('tthc_rollup_' + metric, selector)} or {series('tthc_' + metric, selector)})"


def own(metric, selector):
    """Of units without what lies below them."""
    return series("tthc_" + metric, selector)


def ratio(selector, by="", of=subtree):
    """Of summed counts; no value without a denominator."""
    total = f"sum by ({by}) " if by else "sum "
    return (f"{total}({of('on_time_ratio_numerator', selector)}) / "
            f"({total}({of('on_time_ratio_denominator', selector)}) > 0)")


def named(expression, units):
    """The unit's name beside its code, for the units of an info expression."""
    return f"({expression}) * on (unit) group_left (name) max by (unit, name) ({units})"


def rate(metric, selector="", by=""):
    total = f"sum by ({by}) " if by else "sum "
    return f"{total}(rate({series(metric, selector, '[$__rate_interval]')}))"


def quantile(q, metric, by="le"):
    return f"histogram_quantile({q}, {rate(metric + '_bucket', by=by)})"


def each_hour(recorded, selector):
    """What came on top within the hour, by the recorded net counts: a restart is no jump in them."""
    return f"clamp_min(sum(delta({series(recorded, selector, '[1h]')})), 0)"


# --- links

def console(route):
    return "${console:raw}/" + route


def api(path):
    return "${console:raw}/api/v1/" + path


def board(uid, **variables):
    query = "&".join(f"var-{name}={value}" for name, value in variables.items())
    keep = "${__url_time_range}&${datasource:queryparam}&${job:queryparam}&${instance:queryparam}"
    return f"/d/{uid}?{keep}" + (f"&{query}" if query else "")


def link(title, url):
    # The console is another place; boards open in the same tab.
    return dashboard.DashboardLink(title).type(models.DashboardLinkType.LINK).url(url).target_blank(
        not url.startswith("/d/"))


# --- panels

def query(expression, legend="", ref="A", as_table=False, instant=False):
    target = (prometheus.Dataquery().expr(expression).legend_format(legend).ref_id(ref)
              .datasource(SOURCE))
    if instant or as_table:
        target.instant()
    else:
        target.range()
    if as_table:
        target.format(prometheus_models.PromQueryFormat.TABLE)
    return target


def steps(*pairs):
    """(from, colour) in rising order; the first from is None."""
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(
        [models.Threshold(value=value, color=color) for value, color in pairs])


def finished(panel, title, description, unit, width, height, links):
    return (panel.title(title).description(description).datasource(SOURCE).unit(unit)
            .span(width).height(height).links([link(*pair) for pair in links]))


def figure(title, description, expression, *, unit="locale", colors=((None, BLUE),), width=4, height=4,
           links=(), decimals=None, mapping=None):
    """One number; the newest value."""
    panel = (stat.Panel().with_target(query(expression, instant=True)).thresholds(steps(*colors))
             .graph_mode(common_models.BigValueGraphMode.NONE)
             .color_mode(common_models.BigValueColorMode.BACKGROUND)
             .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)))
    if decimals is not None:
        panel.decimals(decimals)
    if mapping:
        panel.mappings([words(mapping)])
    return finished(panel, title, description, unit, width, height, links)


def words(texts):
    """Values shown as words: {value: (text, colour or None)}."""
    return models.ValueMap(options={
        value: models.ValueMappingResult(text=text, color=color)
        for value, (text, color) in texts.items()})


def curve(title, description, expressions, *, unit="locale", width=12, height=8, links=(), stacked=False):
    """expressions: (PromQL, legend)…"""
    panel = (timeseries.Panel().line_width(1).fill_opacity(40 if stacked else 8)
             .show_points(common_models.VisibilityMode.NEVER).min(0)
             .legend(common.VizLegendOptions().show_legend(True)
                     .display_mode(common_models.LegendDisplayMode.LIST)
                     .placement(common_models.LegendPlacement.BOTTOM).calcs([]))
             .tooltip(common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI)
                      .sort(common_models.SortOrder.DESCENDING)))
    for i, (expression, legend) in enumerate(expressions):
        panel.with_target(query(expression, legend, chr(ord("A") + i)))
    if stacked:
        panel.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL))
    return finished(panel, title, description, unit, width, height, links)


def bars(title, description, expression, legend, *, names, unit="locale", width=12, height=8, links=()):
    """names: {legend: what is shown instead}."""
    panel = (bargauge.Panel().with_target(query(expression, legend, instant=True))
             .orientation(common_models.VizOrientation.HORIZONTAL)
             .display_mode(common_models.BarGaugeDisplayMode.BASIC).thresholds(steps((None, ORANGE))).min(0)
             .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)))
    for code, name in names.items():
        panel.override_by_name(code, [models.DynamicConfigValue(id_val="displayName", value=name)])
    return finished(panel, title, description, unit, width, height, links)


def rows(title, description, columns, *, shown, sort, width=24, height=10, links=(), data_links=(),
         key_names=None):
    """A table with one row for each set of the labels `shown`. columns:
    (title, PromQL, unit, colours or None, decimals[, words])…"""
    panel = table.Panel().filterable(False)
    renamed = {label: name for label, name in shown}
    for i, (column, expression, unit, colors, decimals, *mapping) in enumerate(columns):
        ref = chr(ord("A") + i)
        panel.with_target(query(expression, ref=ref, as_table=True))
        renamed[f"Value #{ref}"] = column
        properties = [models.DynamicConfigValue(id_val="unit", value=unit),
                      models.DynamicConfigValue(id_val="decimals", value=decimals)]
        if colors:
            properties += [
                models.DynamicConfigValue(id_val="thresholds", value=steps(*colors).build().to_json()),
                models.DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"})]
        if mapping:
            properties.append(models.DynamicConfigValue(
                id_val="mappings", value=[words(mapping[0]).to_json()]))
        panel.override_by_name(column, properties)
    first = renamed[shown[0][0]]
    properties = [models.DynamicConfigValue(
        id_val="links", value=[{"title": name, "url": url, "targetBlank": not url.startswith("/d/")}
                               for name, url in data_links])]
    if key_names:
        properties.append(models.DynamicConfigValue(
            id_val="mappings", value=[words({k: (v, None) for k, v in key_names.items()}).to_json()]))
    panel.override_by_name(first, properties)
    order = [label for label, _ in shown] + [f"Value #{chr(ord('A') + i)}" for i in range(len(columns))]
    panel.with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
    panel.with_transformation(models.DataTransformerConfig(id_val="organize", options={
        "excludeByName": {"Time": True}, "indexByName": {name: i for i, name in enumerate(order)},
        "renameByName": renamed}))
    panel.sort_by([common.TableSortByFieldState().display_name(sort).desc(True)])
    panel.cell_height(common_models.TableCellHeight.SM)
    return finished(panel, title, description, "locale", width, height, links)


# --- boards

def label_values(name, label, metric, label_name, *, selector="", multi=False, hide=False,
                 sort=models.VariableSort.ALPHABETICAL_ASC):
    variable = (dashboard.QueryVariable(name).label(label).datasource(SOURCE)
                .query({"qryType": 1, "query": f"label_values({metric}{{{selector}}}, {label_name})",
                        "refId": "PrometheusVariableQueryEditor-VariableQuery"})
                .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(sort))
    if multi:
        variable.multi(True).include_all(True).all_value(".+").current(
            models.VariableOption(selected=True, text="All", value="$__all"))
    if hide:
        variable.hide(models.VariableHide.HIDE_VARIABLE)
    return variable


def unit_variable(label, more=""):
    return label_values("unit", label, "tthc_unit_info", "unit",
                        selector=",".join(part for part in (SCRAPED, more) if part))


def period_variable():
    # Descending: the quarter, the month, the year.
    return label_values("period", "Kỳ", "tthc_on_time_ratio_denominator", "period", selector=SCRAPED,
                        sort=models.VariableSort.ALPHABETICAL_DESC)


TITLES = {
    PROVINCE: "TTHC · Toàn tỉnh",
    UNIT: "TTHC · Đơn vị",
    ALERTS: "TTHC · Cảnh báo",
    INDICATORS: "TTHC · Chỉ số QĐ 766",
    HEALTH: "TTHC · Sức khỏe bộ giám sát",
}


def new_board(uid, description, console_url, variables, route, *, technical=False):
    made = (dashboard.Dashboard(TITLES[uid]).uid(uid).description(description).tags(["tthc"])
            .timezone("Asia/Ho_Chi_Minh").week_start("monday").refresh("1m").time("now-24h", "now")
            .readonly().tooltip(models.DashboardCursorSync.CROSSHAIR).version(1))
    source = (dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
              .current(models.VariableOption(selected=True, text="tthc-prometheus",
                                             value="tthc-prometheus")))
    if not technical:
        source.hide(models.VariableHide.HIDE_VARIABLE)
    made.with_variable(source)
    made.with_variable(label_values("job", "Job", "tthc_store_writable", "job", multi=True,
                                    hide=not technical))
    made.with_variable(label_values("instance", "Instance", "tthc_store_writable", "instance",
                                    selector='job=~"$job"', multi=True, hide=not technical))
    made.with_variable(dashboard.ConstantVariable("console").value(console_url))
    for variable in variables:
        made.with_variable(variable)
    for other, title in TITLES.items():
        if other != uid:
            made.link(link(title.removeprefix("TTHC · "), board(other)))
    made.link(link("Bảng điều hành", console(route)))
    return made


YES = {"1": ("Tốt", GREEN), "0": ("HỎNG", RED)}
NO = {"0": ("Không", GREEN), "1": ("CÓ", RED)}
LATE = ((None, GREEN), (1, RED))
SOON = ((None, GREEN), (1, YELLOW))
ON_TIME = ((None, RED), (0.9, YELLOW), (0.98, GREEN))
STATE_WORDS = (("overdue", "quá hạn"), ("due_soon", "sắp đến hạn"), ("paused", "tạm dừng"),
               ("in_time", "trong hạn"))
COUNTED_NOW = ("Hồ sơ đã tiếp nhận, chưa kết thúc, xét theo QĐ 766 tại thời điểm này: "
               "trừ thời gian dừng, giờ làm việc theo lịch của tỉnh.")
FORM06 = ("Biểu 06: (sớm hạn + đúng hạn) ÷ đã giải quyết trong kỳ, so theo ngày; "
          "cộng số hồ sơ rồi mới chia, không lấy trung bình tỷ lệ.")
QD766 = ("QĐ 766: (đúng hạn + đang giải quyết trong hạn) ÷ (tiếp nhận trong kỳ + kỳ trước chuyển sang); "
         "cộng số hồ sơ rồi mới chia.")
CASES = "cases?unit=${unit:raw}&rule=%s&period=${period:raw}&state=%s"
IN_CONSOLE = ("Đơn vị trong bảng điều hành", console("#/don-vi/${unit:raw}"))


def open_cases(selector, state):
    states = f'{selector},state="{state}"'
    return f"sum ({subtree('cases_open', states)})"


def open_figures(selector):
    """Numbers of what is open, of a unit with all below it."""
    late = (IN_CONSOLE, ("Danh sách hồ sơ quá hạn", api(CASES % ("qd766", "pending_late"))))
    return [
        figure("Đang quá hạn", COUNTED_NOW, open_cases(selector, "overdue"), colors=LATE, links=late),
        figure("Sắp đến hạn", COUNTED_NOW + " Sắp đến hạn: còn trong khoảng báo trước của cảnh báo.",
               open_cases(selector, "due_soon"), colors=SOON,
               links=(("Cảnh báo của đơn vị", console("#/canh-bao")),)),
        figure("Đang tạm dừng", "Chờ công dân bổ sung; đồng hồ dừng theo QĐ 766. " + COUNTED_NOW,
               open_cases(selector, "paused"), links=(IN_CONSOLE,)),
    ]


def rate_figures(selector):
    return [
        figure(f"Đúng hạn · {name}", text,
               ratio(f'{selector},period="$period",rule="{rule}"'), unit="percentunit", decimals=2,
               colors=ON_TIME,
               links=(IN_CONSOLE, ("Danh sách hồ sơ trễ hạn", api(CASES % (rule, "resolved_late")))))
        for name, rule, text in (("Biểu 06", "form06", FORM06), ("QĐ 766", "qd766", QD766))]


def open_curve(selector):
    return curve(
        "Hồ sơ đang giải quyết", COUNTED_NOW,
        [(open_cases(selector, state), word) for state, word in STATE_WORDS],
        stacked=True, links=(("Hồ sơ quá hạn", api(CASES % ("qd766", "pending_late"))),))


def unit_columns(of, units):
    """Figures by unit (`of`: its own, or with all below it) of the units of an info expression."""
    judged = 'period="$period",rule="form06"'

    def cases(state):
        selector = f'state="{state}"'
        return named(f"sum by (unit) ({of('cases_open', selector)})", units)

    return [
        ("Quá hạn", cases("overdue"), "locale", LATE, 0),
        ("Sắp đến hạn", cases("due_soon"), "locale", SOON, 0),
        ("Tạm dừng", cases("paused"), "locale", None, 0),
        ("Đúng hạn (Biểu 06)", named(ratio(judged, "unit", of), units), "percentunit", ON_TIME, 2),
        ("Đã giải quyết", named(f"sum by (unit) ({of('on_time_ratio_denominator', judged)})", units),
         "locale", None, 0),
    ]


UNIT_LINKS = (("Bảng của đơn vị", board(UNIT, unit="${__data.fields.unit}")),
              ("Mở trong bảng điều hành", console("#/don-vi/${__data.fields.unit}")))
# The code stays a column: links are made of it.
UNIT_SHOWN = (("name", "Đơn vị"), ("unit", "Mã"))


def province_board(console_url):
    made = new_board(
        PROVINCE, "Cái gì đang trễ, ở đâu. Số của toàn tỉnh gồm mọi đơn vị bên dưới.", console_url,
        [unit_variable("Tỉnh", 'level="province"'), period_variable()], "#/tong-quan")
    selector = 'unit="$unit"'
    for panel in open_figures(selector) + rate_figures(selector):
        made.with_panel(panel)
    made.with_panel(figure(
        "Đơn vị có hồ sơ quá hạn", "Số đơn vị đang có ít nhất một hồ sơ quá hạn của chính mình.",
        "count(sum by (unit) (" + series("tthc_cases_open", 'state="overdue"') + ") > 0) or vector(0)",
        colors=LATE, links=(("Các đơn vị", console("#/tong-quan")),)))
    made.with_panel(rows(
        "Trễ ở đâu", "Mỗi dòng là hồ sơ của chính đơn vị, không gồm đơn vị bên dưới; tổng các dòng là số của "
        "tỉnh. " + FORM06, unit_columns(own, series("tthc_unit_info")), sort="Quá hạn", height=12,
        shown=UNIT_SHOWN, data_links=UNIT_LINKS,
        links=(("Hồ sơ trễ của tỉnh", api(CASES % ("form06", "resolved_late"))),)))
    made.with_panel(open_curve(selector))
    made.with_panel(curve(
        "Tiếp nhận và giải quyết trong một giờ",
        "Số hồ sơ tăng thêm trong 60 phút trước mỗi điểm, đã trừ hồ sơ bị gửi lại là chưa tiếp nhận hoặc "
        "chưa kết thúc; khởi động lại không tạo bước nhảy.",
        [(each_hour("tthc:cases_received:net", ""), "tiếp nhận"),
         (each_hour("tthc:cases_finished:net", ""), "kết thúc"),
         (each_hour("tthc:cases_finished:net", 'outcome="late"'), "kết thúc trễ")],
        links=(("Báo cáo", console("#/bao-cao")),)))
    return made


def unit_board(console_url):
    made = new_board(UNIT, "Một đơn vị cùng mọi đơn vị bên dưới.", console_url,
                     [unit_variable("Đơn vị"), period_variable()], "#/don-vi/${unit:raw}")
    selector = 'unit="$unit"'
    name = (stat.Panel().with_target(query("max by (name) (" + series("tthc_unit_info", selector) + ")",
                                           "{{name}}", instant=True))
            .text_mode(common_models.BigValueTextMode.NAME)
            .color_mode(common_models.BigValueColorMode.NONE)
            .graph_mode(common_models.BigValueGraphMode.NONE).thresholds(steps((None, BLUE))))
    made.with_panel(finished(name, "Tên đơn vị", "Tên trong danh mục đơn vị của ngày hôm nay.", "none", 4, 4,
                             (IN_CONSOLE,)))
    for panel in open_figures(selector) + rate_figures(selector):
        made.with_panel(panel)
    made.with_panel(open_curve(selector))
    made.with_panel(bars(
        "Phát hiện trong dữ liệu",
        "Số hồ sơ từng có điều mà hệ thống một cửa không nói ra, theo loại, gồm đơn vị "
        "bên dưới, kể cả phát hiện sau này không còn; danh sách chỉ có phát hiện còn đứng. Phát hiện là chỗ "
        "cần xem lại, không phải kết luận.",
        f"sum by (kind) ({subtree('findings_total', selector)}) > 0", "{{kind}}", names=finding_names(),
        links=(("Danh sách phát hiện", console("#/phat-hien")),
               ("Danh sách (API)", api("findings?unit=${unit:raw}")))))
    made.with_panel(rows(
        "Đơn vị này và đơn vị trực thuộc",
        "Mỗi dòng gồm mọi đơn vị bên dưới nó; dòng của chính đơn vị này là "
        "tổng. " + FORM06,
        unit_columns(
            subtree, f"""{series("tthc_unit_info", 'unit="$unit"')} or """
            + series("tthc_unit_info", 'parent="$unit"')), sort="Quá hạn", shown=UNIT_SHOWN,
        data_links=UNIT_LINKS, links=(("Hồ sơ quá hạn", api(CASES % ("qd766", "pending_late"))),)))
    return made


def channel_rows():
    """Every address that alerts are sent to: whether it takes them, and what it is owed."""
    def column(metric):
        return "max by (endpoint) (" + series(metric) + ")"

    return [
        ("Đang lỗi", column("tthc_channel_failing"), "none", LATE, 0, NO),
        ("Chưa gửi", column("tthc_channel_lag_messages"), "locale", SOON, 0),
        ("Tin không gửi được", column("tthc_webhook_dead_letters"), "locale", LATE, 0),
    ]


def alerts_board(console_url):
    made = new_board(ALERTS, "Cảnh báo về hồ sơ có đi ra, có người nhận hay không.", console_url, [],
                     "#/canh-bao")
    made.with_panel(figure(
        "Địa chỉ nhận đang lỗi", "Webhook và Alertmanager mà lần gửi gần nhất không thành công.",
        "sum (" + series("tthc_channel_failing") + ") or vector(0)", colors=LATE,
        links=(("Các webhook", api("webhooks")),)))
    made.with_panel(figure(
        "Tin không gửi được", "Tin mà webhook không bao giờ nhận; gửi lại được bằng API.",
        "sum (" + series("tthc_webhook_dead_letters") + ") or vector(0)", colors=LATE,
        links=(("Các webhook", api("webhooks")),)))
    made.with_panel(figure(
        "Hệ thống gửi đang im lặng",
        "Hệ thống một cửa im lặng lâu hơn nhịp thường lệ của nó; số liệu các đơn "
        "vị của nó là tạm tính.",
        "count (" + series("tthc_sender_silence_seconds") + " > "
        + series("tthc_sender_usual_silence_seconds") + ") or vector(0)", colors=LATE, links=(("Cảnh báo", console("#/canh-bao")),)))
    made.with_panel(figure(
        "Người đang theo dõi", "Phiên nhận cảnh báo trực tiếp (WebSocket và SSE) đang mở.",
        "sum (" + series("tthc_alert_sessions") + ")", links=(("Cảnh báo", console("#/canh-bao")),)))
    made.with_panel(figure(
        "Sắp đến hạn toàn tỉnh", COUNTED_NOW, "sum (" + series("tthc_cases_open", 'state="due_soon"') + ")",
        colors=SOON, links=(("Cảnh báo", console("#/canh-bao")),)))
    made.with_panel(figure(
        "Quá hạn toàn tỉnh", COUNTED_NOW, "sum (" + series("tthc_cases_open", 'state="overdue"') + ")",
        colors=LATE, links=(("Cảnh báo", console("#/canh-bao")),)))
    made.with_panel(curve(
        "Cảnh báo mỗi giờ",
        "Nhịp cảnh báo phát ra, được giải tỏa và được gom vào bản tổng hợp (đêm, ngày nghỉ, "
        "quá nhiều cùng lúc), tính ra một giờ.",
        [(rate("tthc_alerts_told_total") + " * 3600", "phát ra"),
         (rate("tthc_alerts_resolved_total") + " * 3600", "giải tỏa"),
         (rate("tthc_alerts_held_total") + " * 3600", "gom vào bản tổng hợp")],
        links=(("Cảnh báo", console("#/canh-bao")),)))
    made.with_panel(curve(
        "Lần gửi mỗi giờ theo kết quả",
        "Lần gửi tới webhook và Alertmanager, tính ra một giờ; accepted là được nhận.",
        [(rate("tthc_channel_attempts_total", by="outcome") + " * 3600", "{{outcome}}")],
        links=(("Các webhook", api("webhooks")),)))
    made.with_panel(rows(
        "Từng địa chỉ nhận",
        "Chưa gửi: tin của luồng cảnh báo mà địa chỉ chưa xử lý. Tin không gửi được: chỉ có ở webhook.",
        channel_rows(), sort="Chưa gửi", width=12, height=8, shown=(("endpoint", "Địa chỉ"),),
        links=(("Các webhook", api("webhooks")),)))
    made.with_panel(curve(
        "Im lặng của từng hệ thống gửi",
        "Thời gian từ tin cuối cùng. Nét thường lệ là mức im lặng chưa có gì lạ, học "
        "theo giờ trong tuần.",
        [("max by (sender) (" + series("tthc_sender_silence_seconds") + ")", "{{sender}}"),
         ("max by (sender) (" + series("tthc_sender_usual_silence_seconds") + ")", "{{sender}}: thường lệ")],
        unit="s", links=(("Cảnh báo", console("#/canh-bao")),)))
    return made


def indicator_names():
    with open(ROOT / "config/data/indicators_766.toml", "rb") as file:
        tables = tomllib.load(file)["indicator"]
    return {row["id"]: f'{row["id"]} · {row["name"]}' for row in tables}


def finding_names():
    """From the table of docs/findings.md, which a test holds against the program."""
    text = (ROOT / "docs/findings.md").read_text("utf-8")
    return dict(re.findall(r"(?m)^\| `([a-z_]+)` \| ([^|`]+?) \| (?:critical|warning|info) \|", text))


def indicators_board(console_url):
    made = new_board(
        INDICATORS, "Điểm theo Quyết định 766/QĐ-TTg: được bao nhiêu, mất ở chỉ số nào.", console_url,
        [unit_variable("Đơn vị"), period_variable()], "#/don-vi/${unit:raw}")
    selector = 'unit="$unit",period="$period"'
    behind = (("Bảng điểm (API)", api("units/${unit:raw}/indicators?period=${period:raw}")),)
    made.with_panel(figure(
        "Điểm", "Tổng điểm các chỉ số đo được, gồm đơn vị bên dưới.",
        "max (" + series("tthc_score_points", selector) + ")", decimals=2, width=6, links=behind))
    made.with_panel(figure(
        "Trên tối đa", "Tổng điểm tối đa của chính các chỉ số đo được; chỉ số không đo được không tính.",
        "max (" + series("tthc_score_measured_max_points", selector) + ")", width=6, links=behind))
    made.with_panel(figure(
        "Tỷ lệ đạt", "Điểm ÷ điểm tối đa của các chỉ số đo được.",
        "max (" + series("tthc_score_points", selector) + ") / max ("
        + series("tthc_score_measured_max_points", selector) + ")", unit="percentunit", decimals=1, width=6,
        colors=((None, RED), (0.7, YELLOW), (0.9, GREEN)),
        links=(("Muốn thêm điểm", api("units/${unit:raw}/improvements?period=${period:raw}")),)))
    made.with_panel(figure(
        "Hồ sơ thiếu dữ kiện",
        "Hồ sơ trong năm của những hệ thống gửi không bao giờ cho biết dữ kiện (ví dụ đã lưu kho "
        "kết quả); chỉ số cần dữ kiện ấy bỏ chúng ra. Lấy dữ kiện thiếu nhiều nhất.",
        "max (sum by (fact) (" + series("tthc_sender_untold_cases") + ")) or vector(0)", colors=SOON, width=6,
        links=behind))

    def by_indicator(metric):
        return "sum by (indicator) (" + series(metric, selector) + ")"

    made.with_panel(rows(
        "Từng chỉ số",
        "Điểm, tử số và mẫu số của từng chỉ số; tỷ lệ = tử số ÷ mẫu số. Dòng trống điểm là chưa đo được.",
        [
            ("Điểm", by_indicator("tthc_indicator_points"), "locale", None, 2),
            ("Tử số", by_indicator("tthc_indicator_numerator"), "locale", None, 0),
            ("Mẫu số", by_indicator("tthc_indicator_denominator"), "locale", None, 0),
            ("Tỷ lệ", by_indicator("tthc_indicator_numerator") + " / ("
             + by_indicator("tthc_indicator_denominator") + " > 0)", "percentunit", None, 2)],
        sort="Điểm", height=13, key_names=indicator_names(), shown=(("indicator", "Chỉ số"),), links=behind))
    made.with_panel(curve(
        "Điểm theo thời gian", "Tổng điểm của kỳ đang chọn tại mỗi thời điểm.",
        [("max (" + series("tthc_score_points", selector) + ")", "điểm")], links=behind))
    units = series("tthc_unit_info", 'parent="$unit"') + " or " + series("tthc_unit_info", 'unit="$unit"')

    def by_unit(metric):
        return "max by (unit) (" + series(metric, 'period="$period"') + ")"

    made.with_panel(rows(
        "Đơn vị này và đơn vị trực thuộc",
        "Điểm của từng đơn vị gồm mọi đơn vị bên dưới nó; không cộng và không chia trung bình "
        "điểm của các đơn vị.", [
            ("Điểm", named(by_unit("tthc_score_points"), units), "locale", None, 2),
            ("Tối đa", named(by_unit("tthc_score_measured_max_points"), units), "locale", None, 0)],
        sort="Điểm", width=12, height=8, shown=UNIT_SHOWN, data_links=(
            ("Chỉ số của đơn vị", board(INDICATORS, unit="${__data.fields.unit}")),
            ("Mở trong bảng điều hành", console("#/don-vi/${__data.fields.unit}"))),
        links=(("Các đơn vị (API)",
                api("units/${unit:raw}/indicators?period=${period:raw}&children=true")),)))
    return made


def health_board(console_url):
    made = new_board(
        HEALTH, "Bộ giám sát có khỏe không: nhận, ghi, theo dõi thời hạn, gửi đi, chứng thực.", console_url, [],
        "#/tong-quan", technical=True)
    health = ("Kiểm tra sống", "${console:raw}/-/healthy")
    checkpoints = ("Điểm chốt nhật ký", api("checkpoints"))
    quarantine = ("Danh sách bị để riêng", api("quarantine"))
    good = ((None, RED), (1, GREEN))
    for title, text, expression, mapping, colors, shown in (
            ("Prometheus đọc được", "0 nếu có phần nào của bộ giám sát không trả lời lần đọc gần nhất.",
             "min (" + series("up") + ")", YES, good, health),
            ("Kho ghi được", "0 nếu kho chỉ đọc: hết đĩa hoặc có lần ghi hỏng.",
             "min (" + series("tthc_store_writable") + ")", YES, good, health),
            ("Nhật ký bị sai", "1 nếu nhật ký không còn là điều đã ghi và đã chốt.",
             "max (" + series("tthc_log_wrong") + ")", NO, LATE, checkpoints)):
        made.with_panel(figure(title, text, expression, unit="none", mapping=mapping, colors=colors,
                               links=(shown,)))
    made.with_panel(figure(
        "Cảnh báo vận hành",
        "Số cảnh báo của deploy/prometheus/tthc-alerts.yml đang bật; mỗi cảnh báo có mục trong "
        "docs/runbooks.md.",
        "count (" + series("ALERTS", 'alertstate="firing"') + ") or vector(0)", colors=LATE,
        links=(health,)))
    made.with_panel(figure(
        "Đĩa còn trống",
        "Chỗ trống của đĩa chứa kho, phần ít nhất. Dưới store.free_space_floor_bytes kho ngừng ghi.",
        "min (" + series("tthc_store_free_bytes") + ")", unit="bytes",
        colors=((None, RED), (1 << 30, YELLOW), (10 << 30, GREEN)), links=(health,)))
    made.with_panel(figure(
        "Tuổi bản sao lưu", "Từ bản sao lưu tốt gần nhất đến giờ; trống nếu backup.dir chưa đặt.",
        "(time() - min (" + series("tthc_backup_timestamp_seconds") + ")) and min (" +
        series("tthc_backup_interval_seconds") + ") > 0", unit="s",
        colors=((None, GREEN), (2 * 3600, YELLOW), (24 * 3600, RED)), links=(("Các bản sao lưu", api("backups")),)))
    made.with_panel(figure(
        "Chờ ghi",
        "Bản ghi đã nhận mà chưa vào nhật ký.", "sum (" + series("tthc_ingest_queue_records") + ")",
        colors=((None, GREEN), (10000, YELLOW), (100000, RED)), links=(health,)))
    made.with_panel(curve(
        "Nhận vào mỗi giây", "Tin, bản ghi ghi vào nhật ký, bản ghi đã biết từ trước.",
        [(rate("tthc_messages_total"), "tin"), (rate("tthc_statements_recorded_total"), "ghi mới"),
         (rate("tthc_statements_repeated_total"), "đã biết")], unit="short", links=(health,)))
    made.with_panel(curve(
        "Từ chối và để riêng, mỗi giờ",
        "Tin bị từ chối (hàng đợi đầy, kho không ghi) và bản ghi bị để riêng kèm lý do.",
        [(rate("tthc_messages_refused_total") + " * 3600", "tin bị từ chối"),
         (rate("tthc_records_quarantined_total") + " * 3600", "bản ghi bị để riêng")], links=(quarantine,)))
    made.with_panel(curve(
        "Ghi một lô", "Thời gian ghi và đồng bộ một lô xuống đĩa: 99 % và 50 % số lô không lâu hơn.",
        [(quantile(0.99, "tthc_log_sync_seconds"), "99 %"), (quantile(0.5, "tthc_log_sync_seconds"), "50 %")],
        unit="s", links=(health,)))
    made.with_panel(curve(
        "Độ trễ xử lý mốc thời hạn",
        "Mốc thời hạn của hồ sơ được xử lý muộn bao lâu theo đồng hồ của chương trình: 99 % không "
        "muộn hơn; và lần muộn nhất từ khi khởi động.",
        [(quantile(0.99, "tthc_timer_lateness_seconds"), "99 %"),
         ("max (" + series("tthc_timer_lateness_worst_seconds") + ")", "muộn nhất từ khi khởi động")],
        unit="s", links=(health,)))
    made.with_panel(curve(
        "Từ lúc xảy ra đến lúc tới nơi",
        "Độ trễ của bên gửi: từ thời điểm bản ghi nói tới đến lúc nhận; nửa số bản ghi và 90 %.",
        [(quantile(q, "tthc_event_lag_seconds"), word) for q, word in ((0.5, "50 %"), (0.9, "90 %"))],
        unit="s", links=(quarantine,)))
    made.with_panel(curve(
        "Trả lời HTTP", "Thời gian trả lời: 99 % số yêu cầu không lâu hơn.",
        [(quantile(0.99, "tthc_http_request_duration_seconds"), "99 %")], unit="s", links=(health,)))
    made.with_panel(curve(
        "Lỗi HTTP mỗi giây", "Yêu cầu trả lời 5xx (lỗi của bộ giám sát) và 4xx (lỗi của bên hỏi).",
        [(rate("tthc_http_requests_total", f'code="{code}"'), code) for code in ("5xx", "4xx")], unit="short",
        links=(health,)))
    made.with_panel(curve(
        "Chứng thực nhật ký",
        "Bản ghi đã chốt bằng điểm chốt mới nhất, và bản ghi mà lần kiểm tra đang chạy nền đã đi tới.",
        [("max (" + series("tthc_checkpoint_records") + ")", "đã chốt"),
         ("max (" + series("tthc_log_verified_records") + ")", "đã kiểm tra tới")], links=(checkpoints,)))
    return made


MAKERS = (province_board, unit_board, alerts_board, indicators_board, health_board)


def main():
    parser = argparse.ArgumentParser(description="Writes the Grafana boards.")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "dashboards")
    parser.add_argument("--console", default="http://127.0.0.1:8766",
                        help="address at which people reach the monitor")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for make in MAKERS:
        made = make(arguments.console.rstrip("/")).build()
        for number, panel in enumerate(made.panels, 1):
            panel.id_val = number
        text = json.dumps(made, cls=JSONEncoder, indent=1, ensure_ascii=False, sort_keys=True)
        (arguments.out / f"{made.uid}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
