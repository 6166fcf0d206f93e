// Looks at a report from within the browser, and tells what is drawn and how.
(() => {
  const pointsOf = (path) =>
    [...(path.getAttribute('d') ?? '').matchAll(/[ML]([^\s,MLh]+)[ ,]([^\s,MLh]+)/g)].map(
      ([, x, y]) => [Number(x), Number(y)],
    );

  function plotOf(svg) {
    const [left, top, right, bottom] = svg.dataset.frame.split(' ').map(Number);
    const points = [...svg.querySelectorAll('path.line')].map(pointsOf);
    const isWithin = ([x, y]) => x >= left && x <= right && y >= top && y <= bottom;
    const faults = svg.querySelector('use.faults').getBBox();
    return {
      title: svg.closest('figure').querySelector('h3').textContent,
      // Of each line.
      points: points.map((each) => each.length),
      strays: points.flat().filter((point) => !isWithin(point)),
      faults: { from: faults.x - left, to: right - faults.x - faults.width, width: faults.width },
      texts: [...svg.querySelectorAll('text')].map((text) => text.textContent),
    };
  }

  const parts = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);

  function luminanceOf(colour) {
    const [r, g, b] = parts(colour).map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function groundOf(element) {
    for (let each = element; each !== null; each = each.parentElement) {
      const ground = getComputedStyle(each).backgroundColor;
      const [, , , alpha = 1] = parts(ground);
      if (alpha === 1) return ground;
    }
    return 'rgb(255, 255, 255)';
  }

  /** Texts that do not stand out from their ground as WCAG 2 demands (AA: 4.5 to 1). */
  function faintTexts() {
    const all = [...document.querySelectorAll('main *:not(title)')].filter((element) =>
      [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''),
    );
    return all.flatMap((element) => {
      const style = getComputedStyle(element);
      const colour = element instanceof SVGElement ? style.fill : style.color;
      const [a, b] = [luminanceOf(colour), luminanceOf(groundOf(element))].sort((x, y) => y - x);
      const contrast = (a + 0.05) / (b + 0.05);
      return contrast >= 4.5 ? [] : [`${element.textContent.slice(0, 40)}: ${contrast.toFixed(2)}`];
    });
  }

  return {
    plots: [...document.querySelectorAll('svg.plot')].map(plotOf),
    faint: faintTexts(),
    width: document.documentElement.scrollWidth,
  };
})();
