// Charts: <div class="chart" data-chart="trend" data-source="growth" aria-label="…"></div> draws the
// JSON of <script id="growth" type="application/json"> (Django's `json_script`) with ECharts as SVG.
// docs/interface.md says what the data of each kind looks like.
const tones = ["--brand", "--chart-2", "--chart-3", "--violet", "--chart-5"];
const drawn = new WeakMap();
let colors = {};

const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) drawn.get(target)?.resize();
});

function readColors() {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  colors = {
    ink: color("--ink"),
    soft: color("--ink-2"),
    line: color("--line"),
    card: color("--card"),
    series: tones.map(color),
    bad: color("--chart-bad"),
    low: color("--brand-soft"),
    high: color("--brand-fill"),
    font: getComputedStyle(document.body).fontFamily,
  };
}

const text = () => ({ color: colors.soft, fontFamily: colors.font, fontSize: 12 });

// 12345 → 12,345; on axes 1.2万. Money comes in fen.
const grouped = new Intl.NumberFormat("en-US");
const isChinese = document.documentElement.lang.startsWith("zh");

function short(value) {
  const [size, unit] = isChinese ? [10_000, "万"] : [1_000, "k"];
  if (Math.abs(value) < size) return grouped.format(value);
  return `${Math.round((value / size) * 10) / 10}${unit}`;
}

const formats = {
  count: { full: (value) => grouped.format(value), short },
  money: {
    full: (fen) => `¥${(fen / 100).toLocaleString("en-US", { minimumFractionDigits: 2 })}`,
    short: (fen) => `¥${short(fen / 100)}`,
  },
  percent: { full: (ratio) => `${(ratio * 100).toFixed(1)}%`, short: (ratio) => `${Math.round(ratio * 100)}%` },
  seconds: { full: (value) => `${grouped.format(value)} s`, short },
};
const format = (unit) => formats[unit] ?? formats.count;

function common(label) {
  return {
    animation: false,
    textStyle: text(),
    color: colors.series,
    aria: { enabled: true, label: { description: label } },
    tooltip: {
      // The default tooltip is HTML with inline styles, which the policy refuses.
      renderMode: "richText",
      confine: true,
      backgroundColor: colors.card,
      borderColor: colors.line,
      textStyle: { ...text(), color: colors.ink },
    },
  };
}

function axis(unit, isSecond = false) {
  return {
    type: "value",
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { ...text(), formatter: format(unit).short },
    splitLine: { show: !isSecond, lineStyle: { color: colors.line } },
    minInterval: unit === "percent" ? 0 : 1,
  };
}

function categories(names) {
  return {
    type: "category",
    data: names,
    axisLine: { lineStyle: { color: colors.line } },
    axisTick: { show: false },
    axisLabel: { ...text(), hideOverlap: true },
  };
}

function series(one, index, direction) {
  const kind = one.kind ?? "bar";
  const color = one.tone === "bad" ? colors.bad : colors.series[index % colors.series.length];
  const round = direction === "row" ? [0, 3, 3, 0] : [3, 3, 0, 0];
  return {
    name: one.name,
    type: kind,
    data: one.values,
    yAxisIndex: one.second ? 1 : 0,
    stack: one.stack,
    barMaxWidth: direction === "row" ? 12 : 16,
    smooth: 0.3,
    symbol: "circle",
    symbolSize: 6,
    showSymbol: one.values.length === 1,
    lineStyle: { width: 2.5, color },
    areaStyle: one.filled ? { color, opacity: 0.12 } : undefined,
    itemStyle: { color, borderRadius: kind === "bar" ? round : 0 },
    tooltip: { valueFormatter: (value) => (value == null ? "—" : format(one.unit).full(value)) },
  };
}

// trend: {categories, series: [{name, values, kind: "bar"|"line", unit, second, stack, tone, filled}]}
function trend(data, label) {
  const shown = common(label);
  const first = data.series.find((one) => !one.second) ?? data.series[0];
  const second = data.series.find((one) => one.second);
  return {
    ...shown,
    tooltip: { ...shown.tooltip, trigger: "axis" },
    legend: legend(data),
    grid: { left: 8, right: 8, top: 36, bottom: 4, containLabel: true },
    xAxis: categories(data.categories),
    yAxis: second ? [axis(first.unit), axis(second.unit, true)] : [axis(first.unit)],
    series: data.series.map((one, index) => series(one, index, "column")),
  };
}

// bars: as trend, lying on their side; for names that are long.
function bars(data, label) {
  const shown = common(label);
  return {
    ...shown,
    tooltip: { ...shown.tooltip, trigger: "axis", axisPointer: { type: "shadow" } },
    legend: legend(data),
    grid: { left: 8, right: 20, top: data.series.length > 1 ? 36 : 8, bottom: 4, containLabel: true },
    xAxis: axis(data.series[0]?.unit),
    yAxis: { ...categories(data.categories), inverse: true, axisLine: { show: false } },
    series: data.series.map((one, index) => series(one, index, "row")),
  };
}

function legend(data) {
  return {
    show: data.series.length > 1,
    top: 0,
    right: 0,
    icon: "roundRect",
    itemWidth: 10,
    itemHeight: 10,
    textStyle: text(),
  };
}

// funnel: {steps: [{name, value, url}]}; the words stand at the left, one under the other, with the
// share of the step before.
function funnel(data, label) {
  const shades = [1, 0.84, 0.68, 0.54, 0.42, 0.32];
  const steps = data.steps.map((step, index) => {
    const before = data.steps[index - 1]?.value;
    const share = before ? ` · ${format("percent").full(step.value / before)}` : "";
    return {
      ...step,
      words: `${grouped.format(step.value)}${share}`,
      itemStyle: { color: colors.series[0], opacity: shades[index % shades.length], borderWidth: 0 },
    };
  });
  return {
    ...common(label),
    graphic: steps.map((step, index) => ({
      type: "text",
      left: 2,
      top: `${((index + 0.5) / steps.length) * 92}%`,
      silent: true,
      style: {
        text: `${step.name}\n{number|${step.words}}`,
        fill: colors.soft,
        font: `12px ${colors.font}`,
        lineHeight: 17,
        rich: { number: { fill: colors.ink, fontWeight: 600, fontSize: 13, fontFamily: colors.font } },
        verticalAlign: "middle",
      },
    })),
    series: [
      {
        type: "funnel",
        left: 130,
        right: 4,
        top: 6,
        bottom: 6,
        sort: "none",
        gap: 3,
        minSize: "4%",
        label: { show: false },
        data: steps,
        tooltip: { formatter: ({ data: step }) => `${step.name}  ${step.words}` },
      },
    ],
  };
}

// sankey: {nodes: [{name, label, url}], links: [{source, target, value}]}
function sankey(data, label) {
  const names = new Map(data.nodes.map((node) => [node.name, node.label ?? node.name]));
  return {
    ...common(label),
    series: [
      {
        type: "sankey",
        left: 4,
        right: 110,
        top: 8,
        bottom: 8,
        nodeWidth: 10,
        nodeGap: 12,
        draggable: false,
        emphasis: { focus: "adjacency" },
        lineStyle: { color: "gradient", opacity: 0.28 },
        label: { ...text(), color: colors.ink, formatter: ({ name }) => names.get(name) },
        data: data.nodes,
        links: data.links,
        tooltip: {
          formatter: ({ dataType, data: one, value }) =>
            dataType === "edge"
              ? `${names.get(one.source)} → ${names.get(one.target)}  ${grouped.format(value)}`
              : `${names.get(one.name)}  ${grouped.format(value)}`,
        },
      },
    ],
  };
}

// heatmap: {columns, rows, values: [[column, row, value]], unit}
function heatmap(data, label) {
  const most = Math.max(1, ...data.values.map(([, , value]) => value));
  return {
    ...common(label),
    grid: { left: 8, right: 8, top: 8, bottom: 36, containLabel: true },
    xAxis: { ...categories(data.columns), axisLine: { show: false } },
    yAxis: { ...categories(data.rows), inverse: true, axisLine: { show: false } },
    visualMap: {
      min: 0,
      max: most,
      orient: "horizontal",
      left: "center",
      bottom: 0,
      itemHeight: 90,
      itemWidth: 8,
      text: [grouped.format(most), "0"],
      textStyle: text(),
      inRange: { color: [colors.low, colors.high] },
    },
    series: [
      {
        type: "heatmap",
        data: data.values,
        itemStyle: { borderColor: colors.card, borderWidth: 2, borderRadius: 3 },
        tooltip: {
          formatter: ({ value: [column, row, value] }) =>
            `${data.rows[row]} ${data.columns[column]}  ${format(data.unit).full(value)}`,
        },
      },
    ],
  };
}

const kinds = { trend, bars, funnel, sankey, heatmap };

function draw(place) {
  const source = document.getElementById(place.dataset.source);
  const kind = kinds[place.dataset.chart];
  if (!source || !kind || !window.echarts) return;
  const data = JSON.parse(source.textContent);
  const chart = drawn.get(place) ?? start(place);
  chart.setOption(kind(data, place.getAttribute("aria-label") ?? ""), true);
  chart.off("click");
  chart.on("click", (event) => follow(event, data));
}

function start(place) {
  place.setAttribute("role", "img");
  const label = place.getAttribute("aria-label");
  const chart = window.echarts.init(place, null, { renderer: "svg" });
  // ECharts writes its own description there: ours is what people wrote for people.
  if (label) place.setAttribute("aria-label", label);
  drawn.set(place, chart);
  resized.observe(place);
  return chart;
}

// A figure leads to what is behind it: `url` of a step, a node, or `urls` by category.
function follow(event, data) {
  const url = event.data?.url ?? data.urls?.[event.dataIndex];
  if (url) location.assign(url);
}

function drawAll() {
  readColors();
  for (const place of document.querySelectorAll("[data-chart]")) draw(place);
}

drawAll();
addEventListener("themechange", drawAll);
document.addEventListener("htmx:afterSettle", drawAll);
