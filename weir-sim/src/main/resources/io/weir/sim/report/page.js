(() => {
  'use strict';
  const PAGE = 10;
  const plots = [];

  /** The cells of a plot's table: a row per bin, the time first. */
  const table = (figure) => [...figure.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent));

  const prepare = (figure) => {
    const area = figure.querySelector('.area');
    if (!area) {
      return;
    }
    const rows = table(figure);
    const names = [...figure.querySelectorAll('thead th')].slice(1).map((cell) => cell.textContent);
    const readout = figure.querySelector('.readout');
    const announced = figure.querySelector('.announced');
    const shown = figure.querySelectorAll('.legend b');
    const cursor = document.createElement('div');
    const middles = area.dataset.middles.split(' ').map(Number);
    const unit = area.dataset.unit;
    let bin = 0;
    cursor.className = 'cursor';
    cursor.hidden = true;
    area.append(cursor);

    const point = (to) => {
      cursor.hidden = to >= rows.length;
      cursor.style.left = `${middles[to]}%`;
    };
    const show = (to) => {
      bin = Math.max(0, Math.min(rows.length - 1, to));
      const [time, ...values] = rows[bin];
      area.setAttribute('aria-valuenow', String(bin));
      area.setAttribute('aria-valuetext', time);
      readout.textContent = `In ${time}:`;
      const texts = values.map((value) => (value === 'no data' ? value : `${value} ${unit}`.trim()));
      texts.forEach((text, i) => {
        shown[i].textContent = text;
      });
      announced.textContent = `${time}: ${texts.map((text, i) => `${names[i]} ${text}`).join('; ')}`;
      plots.forEach((each) => each(bin));
    };

    area.tabIndex = 0;
    area.setAttribute('role', 'slider');
    area.setAttribute('aria-labelledby', figure.querySelector('h3').id);
    area.setAttribute('aria-valuemin', '0');
    area.setAttribute('aria-valuemax', String(rows.length - 1));
    area.setAttribute('aria-valuenow', '0');
    area.setAttribute('aria-valuetext', rows[0][0]);
    const moves = {
      ArrowRight: () => bin + 1,
      ArrowUp: () => bin + 1,
      ArrowLeft: () => bin - 1,
      ArrowDown: () => bin - 1,
      PageUp: () => bin + PAGE,
      PageDown: () => bin - PAGE,
      Home: () => 0,
      End: () => rows.length - 1,
    };
    area.addEventListener('keydown', (event) => {
      if (Object.hasOwn(moves, event.key) && !event.altKey && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        show(moves[event.key]());
      }
    });
    area.addEventListener('focus', () => show(bin));
    const follow = (event) => {
      const box = area.getBoundingClientRect();
      const at = (100 * (event.clientX - box.left)) / box.width;
      let nearest = 0;
      middles.forEach((middle, i) => {
        if (Math.abs(middle - at) < Math.abs(middles[nearest] - at)) {
          nearest = i;
        }
      });
      if (nearest !== bin || cursor.hidden) {
        show(nearest);
      }
    };
    area.addEventListener('pointermove', follow);
    area.addEventListener('pointerdown', follow);
    plots.push(point);
  };

  document.querySelectorAll('.plot').forEach(prepare);
  document.querySelectorAll('.keys').forEach((each) => {
    each.hidden = false;
  });
})();
