(() => {
  'use strict';
  const data = JSON.parse(document.getElementById('data').textContent);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const root = document.getElementById('plots');
  const light = ['#1f6fb2', '#c2571a', '#2d8a4e', '#8e4bb0', '#b3283b', '#0f8a8a', '#8a6d1f', '#5b6770'];
  const bright = ['#6fb1ea', '#f0965c', '#6cc98c', '#c79be6', '#f0808f', '#58cccc', '#d9bd66', '#a9b5be'];
  let shown = [];

  const draw = () => {
    shown.forEach((each) => each.destroy());
    root.replaceChildren();
    const colours = dark.matches ? bright : light;
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue('--faint').trim();
    const rule = style.getPropertyValue('--rule').trim();
    const axis = { stroke: ink, grid: { stroke: rule, width: 1 }, ticks: { stroke: rule, width: 1 } };
    const boxes = data.plots.map((plot) => {
      const box = document.createElement('div');
      box.className = 'plot';
      const title = document.createElement('h2');
      const unit = document.createElement('span');
      unit.textContent = ' ' + plot.unit;
      title.append(plot.title, unit);
      box.append(title);
      root.append(box);
      return box;
    });
    shown = data.plots.flatMap((plot, index) => {
      const box = boxes[index];
      const lines = plot.lines.filter((line) => line.values.some((value) => value !== 0));
      if (lines.length === 0) {
        const none = document.createElement('p');
        none.textContent = 'Nothing, at any time.';
        box.append(none);
        return [];
      }
      const names = [...new Set(lines.map((line) => line.name.replace(/, (logged|replayed)$/, '')))];
      const series = lines.map((line) => ({
        label: line.name,
        stroke: colours[names.indexOf(line.name.replace(/, (logged|replayed)$/, '')) % colours.length],
        width: 1.5,
        dash: line.dashed ? [6, 4] : undefined,
        points: { show: false },
        value: (u, value) => (value == null ? '' : value.toLocaleString('en')),
      }));
      return [new uPlot({
        width: box.clientWidth - 32,
        height: 220,
        cursor: { sync: { key: 'time' } },
        scales: { x: { time: false }, y: { range: (u, least, most) => [0, most > 0 ? most * 1.08 : 1] } },
        axes: [{ ...axis, values: (u, ticks) => ticks.map((tick) => tick + ' s') }, { ...axis, size: 64 }],
        series: [{ label: 'time', value: (u, value) => (value == null ? '' : value + ' s') }, ...series],
      }, [data.times, ...lines.map((line) => line.values)], box)];
    });
  };

  draw();
  dark.addEventListener('change', draw);
  let width = innerWidth;
  addEventListener('resize', () => {
    if (width !== innerWidth) {
      width = innerWidth;
      draw();
    }
  });
})();
