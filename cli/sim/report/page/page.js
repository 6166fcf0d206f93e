// The part of a report that moves: one moment of the run, in the overlay and in every plot at once.
// The slider, a plot under the pointer, and the play button set it; all else follows.
(() => {
  const known = JSON.parse(document.getElementById('known').textContent);
  const { overlay, plots, marks, lengthMs } = known;
  const { frames, edges, places } = overlay;
  const byId = (id) => document.getElementById(id);
  const stage = byId('stage');
  const slider = byId('time');
  const servers = [...document.querySelectorAll('.server')];
  const paths = Object.fromEntries(
    ['standing', 'fresh', 'own'].map((name) => [
      name,
      document.querySelector(`svg.overlay .${name}`),
    ]),
  );
  const listedMax = 8;
  const playMs = 24_000;
  let moment = Number(slider.value);
  let drawn = -1;
  let picked = -1;
  let playing = 0;

  document.documentElement.classList.add('live');

  /** The edges that stand in each frame, put together from what came and went. */
  const standing = [];
  let current = new Set();
  for (const { came, went } of frames) {
    current = new Set(current);
    for (const edge of went) current.delete(edge);
    for (const edge of came) current.add(edge);
    standing.push(current);
  }

  const frameAt = (at) =>
    Math.max(
      0,
      lastUpTo(frames, at, (frame) => frame.at),
    );

  /** The index of the last of a sorted list whose moment is not after this; -1 when there is none. */
  function lastUpTo(list, at, momentOf) {
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (momentOf(list[middle]) <= at) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  function curve(edge) {
    const [[x1, y1], [x2, y2]] = edges[edge].map((server) => places[server]);
    const bend = (a, b) => Math.round(320 + ((a + b) / 2 - 320) * 0.3);
    return `M${x1} ${y1}Q${bend(x1, x2)} ${bend(y1, y2)} ${x2} ${y2}`;
  }

  const stateOf = (frame, server) => overlay.states[Number(frame.states[server] ?? -1)] ?? 'down';

  function draw(index) {
    drawn = index;
    const frame = frames[index];
    if (frame === undefined) return;
    const fresh = new Set(index === 0 ? [] : frame.came);
    paths.standing.setAttribute('d', [...standing[index]].map(curve).join(''));
    paths.fresh.setAttribute('d', [...fresh].map(curve).join(''));
    const counts = {};
    for (const [server, shape] of servers.entries()) {
      const state = stateOf(frame, server);
      // Hosts that are added later are not there yet.
      const isThere = server < frame.states.length;
      if (isThere) counts[state] = (counts[state] ?? 0) + 1;
      shape.setAttribute('href', `#state-${state}`);
      shape.setAttribute('class', `server is-${state}${server === picked ? ' picked' : ''}`);
      shape.style.visibility = isThere ? 'visible' : 'hidden';
    }
    for (const count of document.querySelectorAll('[data-state]')) {
      count.textContent = counts[count.dataset.state] ?? 0;
    }
    byId('pictured').textContent = `drawn as of ${seconds(frame.at)}`;
    drawChosen();
  }

  function drawChosen() {
    const frame = frames[drawn];
    const own =
      picked < 0 ? [] : [...standing[drawn]].filter((edge) => edges[edge].includes(picked));
    paths.own.setAttribute('d', own.map(curve).join(''));
    stage.classList.toggle('chosen-one', picked >= 0);
    const left = frame.hosts - frame.states.length;
    const rest = left > 0 ? ` ${left} more hosts are not drawn.` : '';
    if (picked < 0) {
      byId('chosen').textContent = `Point at a server to see its edges.${rest}`;
      return;
    }
    const names = own.map((edge) => {
      const [a, b] = edges[edge];
      return overlay.servers[a === picked ? b : a];
    });
    const is = known.stateNames[stateOf(frame, picked)];
    const edged = names.length === 0 ? 'no edges' : `edges to ${names.join(', ')}`;
    byId('chosen').textContent = `${overlay.servers[picked]}: ${is}, ${edged}.`;
  }

  function pick(server) {
    if (server === picked) return;
    picked = server;
    draw(drawn);
  }

  function tellMarks(at) {
    const list = byId('now');
    if (list === null) return;
    const now = marks.filter(([from, until]) => from <= at && (until > at || at - from < 250));
    const shown = now.slice(-listedMax).reverse();
    const lines = shown.map(([from, , text]) => `${text} (${seconds(at - from)} ago)`);
    const left = now.length - shown.length;
    if (left > 0) lines.push(`and ${left} more`);
    if (now.length === 0) lines.push('nothing is wrong');
    list.replaceChildren(
      ...lines.map((line) => {
        const item = document.createElement('li');
        item.textContent = line;
        item.title = line;
        return item;
      }),
    );
  }

  const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

  // As the page was written with: see axis.ts.
  const told = (value, isShare) => (isShare ? `${short(value * 100)} %` : short(value));

  function short(value) {
    const size = Math.abs(value);
    if (size >= 1e12 || (size > 0 && size < 1e-4)) return value.toExponential(1);
    if (size >= 1e9) return `${digits(value / 1e9)}G`;
    if (size >= 1e6) return `${digits(value / 1e6)}M`;
    return size >= 1e4 ? `${digits(value / 1e3)}k` : digits(value);
  }

  const digits = (value) => String(Number(value.toPrecision(4)));

  const cursors = [...document.querySelectorAll('svg.plot')].map((svg) => {
    const [left, top, right, , under] = svg.dataset.frame.split(' ').map(Number);
    return { svg, line: svg.querySelector('.cursor'), left, top, right, under };
  });
  const readings = [...document.querySelectorAll('.plot-card')].map((card) => [
    ...card.querySelectorAll('[data-reading]'),
  ]);

  /** Shows a moment everywhere. */
  function show(at) {
    const share = lengthMs === 0 ? 0 : at / lengthMs;
    for (const { line, left, right, top, under } of cursors) {
      line.setAttribute('d', `M${(left + (right - left) * share).toFixed(1)} ${top}V${under}`);
    }
    for (const [index, { lines, isShare }] of plots.entries()) {
      for (const [i, points] of lines.entries()) {
        const point = points[lastUpTo(points, at, ([time]) => time)];
        const reading = readings[index][i];
        if (reading) reading.textContent = point === undefined ? '–' : told(point[1], isShare);
      }
    }
    const line = document.querySelector('i.cursor');
    line.style.left = `${share * 100}%`;
    const text = seconds(at);
    if (byId('moment') !== null) byId('moment').textContent = text;
    slider.value = at;
    tellMarks(at);
    const frame = frameAt(at);
    if (frame !== drawn) draw(frame);
    const picture = frames.length === 0 ? '' : `, picture ${frame + 1} of ${frames.length}`;
    slider.setAttribute('aria-valuetext', text + picture);
  }

  function set(at) {
    moment = Math.max(0, Math.min(lengthMs, at));
    show(moment);
  }

  function play(isOn) {
    cancelAnimationFrame(playing);
    playing = 0;
    byId('play').classList.toggle('playing', isOn);
    byId('play').setAttribute('aria-label', isOn ? 'Pause' : 'Play');
    byId('play-text').textContent = isOn ? 'Pause' : 'Play';
    if (!isOn) return;
    if (moment >= lengthMs) moment = 0;
    let before;
    const next = (now) => {
      set(moment + ((now - (before ?? now)) / playMs) * lengthMs);
      before = now;
      if (moment >= lengthMs) play(false);
      else playing = requestAnimationFrame(next);
    };
    playing = requestAnimationFrame(next);
  }

  slider.addEventListener('input', () => {
    play(false);
    set(Number(slider.value));
  });
  // An arrow goes to the next picture, or by a hundredth where there are none.
  slider.addEventListener('keydown', (event) => {
    const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    play(false);
    const next = frames[frameAt(moment) + way];
    set(next === undefined ? moment + (way * lengthMs) / 100 : next.at);
  });
  byId('play').addEventListener('click', () => play(playing === 0));

  for (const { svg, left, right } of cursors) {
    const at = (event) => {
      const box = svg.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
      return Math.max(0, Math.min(1, (x - left) / (right - left))) * lengthMs;
    };
    svg.addEventListener('pointermove', (event) => playing === 0 && show(at(event)));
    svg.addEventListener('pointerleave', () => playing === 0 && show(moment));
    svg.addEventListener('click', (event) => set(at(event)));
  }

  if (stage !== null) {
    stage.addEventListener('pointermove', ({ target }) => {
      const server = target.closest?.('.server');
      pick(server ? Number(server.dataset.server) : -1);
    });
    stage.addEventListener('pointerleave', () => pick(-1));
    stage.addEventListener('keydown', (event) => {
      const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (event.key === 'Escape') pick(-1);
      else if (way !== undefined) {
        event.preventDefault();
        pick((Math.max(picked, way < 0 ? 0 : -1) + way + servers.length) % servers.length);
      }
    });
  }

  const copy = byId('copy');
  if (navigator.clipboard !== undefined) {
    copy.hidden = false;
    copy.addEventListener('click', async () => {
      await navigator.clipboard.writeText(byId('replay').textContent);
      copy.textContent = 'Copied';
    });
  }

  set(moment);
})();
