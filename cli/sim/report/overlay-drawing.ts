/**
 * The overlay as a drawing: servers on a circle, in the order in which they came, so that each is
 * where it was all the time. One moment is drawn here; the script of the page draws the others.
 */

import type { FrameState, OverlayFrame } from '../../../sim/index.ts';
import { html, type Markup } from './markup.ts';

const CENTRE = 320;
const LABELS_MAX = 72;
/** Where nothing is written around it, the circle is as large as the drawing. */
const radiusOf = (count: number) => (count > LABELS_MAX ? 304 : 262);
/** Labels of fewer stand upright. */
const UPRIGHT_MAX = 30;

/** What becomes of a server => how that is told. */
export const stateNames: Readonly<Record<FrameState, string>> = {
  up: 'up',
  suspected: 'suspected',
  cut: 'cut off',
  paused: 'stands still',
  joining: 'joining',
  down: 'down',
};

const states = Object.keys(stateNames) as FrameState[];

/** What the script of the page knows of the overlay over time, in few letters. */
export interface PackedFrames {
  readonly servers: readonly string[];
  /** x and y of each. */
  readonly places: readonly (readonly [number, number])[];
  /** All edges that ever stood: numbers of two servers. */
  readonly edges: readonly (readonly [number, number])[];
  readonly states: readonly FrameState[];
  readonly frames: readonly PackedFrame[];
}

interface PackedFrame {
  /** Milliseconds since the world began. */
  readonly at: number;
  readonly hosts: number;
  /** A letter for each server: the number of its state. */
  readonly states: string;
  /** Numbers of the edges that came since the frame before, and of those that went. */
  readonly came: readonly number[];
  readonly went: readonly number[];
}

export function packed(frames: readonly OverlayFrame[]): PackedFrames {
  const servers = frames.at(-1)?.servers ?? [];
  /** edge => its number */
  const numbers = new Map<string, number>();
  const edges: (readonly [number, number])[] = [];
  let before = new Set<number>();
  const small = frames.map((frame): PackedFrame => {
    const now = new Set<number>();
    for (const edge of frame.edges) {
      const key = edge.join(' ');
      const number = numbers.get(key) ?? edges.push(edge) - 1;
      numbers.set(key, number);
      now.add(number);
    }
    const came = [...now].filter((edge) => !before.has(edge));
    const went = [...before].filter((edge) => !now.has(edge));
    before = now;
    return {
      ...{ at: Math.round(frame.at / 1000), hosts: frame.hosts, came, went },
      states: frame.states.map((state) => states.indexOf(state)).join(''),
    };
  });
  return { servers, places: placesOf(servers.length), edges, states, frames: small };
}

/** The drawing of one moment, with every server that there ever is. */
export function overlayDrawing(frames: readonly OverlayFrame[], shown: number): Markup {
  const servers = frames.at(-1)?.servers ?? [];
  const frame = frames[shown];
  const places = placesOf(servers.length);
  const scale = Math.max(0.38, Math.min(1.15, 46 / Math.max(1, servers.length)));
  const lines = (frame?.edges ?? []).map(([a, b]) => curve(places[a], places[b])).join('');
  const drawn = servers.map((name, index) => {
    const [x, y] = places[index] as readonly [number, number];
    const state = frame?.states[index] ?? 'down';
    return html`<use class="server is-${state}" data-server="${index}" href="#state-${state}" transform="translate(${x} ${y}) scale(${scale.toFixed(2)})"><title>${name}</title></use>`;
  });
  const labels =
    servers.length > LABELS_MAX ? [] : servers.map((name, i) => label(name, i, servers));
  const opacity = Math.max(0.16, Math.min(0.6, 60 / Math.max(1, frame?.edges.length ?? 0)));
  return html`<svg class="overlay" viewBox="0 0 ${2 * CENTRE} ${2 * CENTRE}" role="img" aria-labelledby="overlay-title" style="--edge:${opacity.toFixed(2)}">
<g class="edges"><path class="standing" d="${lines}"/><path class="fresh" d=""/><path class="own" d=""/></g>
<g class="labels" aria-hidden="true">${labels}</g>
<g class="servers">${drawn}</g>
</svg>`;
}

function placesOf(count: number): [number, number][] {
  return Array.from({ length: count }, (_, index) => placeAt(index, count, radiusOf(count)));
}

function placeAt(index: number, count: number, radius: number): [number, number] {
  const angle = angleOf(index, count);
  const place = (at: number) => Math.round((CENTRE + radius * at) * 10) / 10;
  return [place(Math.cos(angle)), place(Math.sin(angle))];
}

/** Clockwise from the top. */
function angleOf(index: number, count: number): number {
  return (index / Math.max(1, count)) * 2 * Math.PI - Math.PI / 2;
}

/** An edge bends towards the middle: the shape of the whole is seen, and edges do not hide each other. */
function curve(from: readonly [number, number] = [0, 0], to: readonly [number, number] = [0, 0]) {
  const bend = (a: number, b: number) => Math.round(CENTRE + ((a + b) / 2 - CENTRE) * 0.3);
  return `M${from[0]} ${from[1]}Q${bend(from[0], to[0])} ${bend(from[1], to[1])} ${to[0]} ${to[1]}`;
}

function label(name: string, index: number, servers: readonly string[]): Markup {
  const count = servers.length;
  const short = name.length > 9 ? `${name.slice(0, 8)}…` : name;
  const [x, y] = placeAt(index, count, radiusOf(count) + (count > UPRIGHT_MAX ? 12 : 20));
  const angle = angleOf(index, count);
  const isLeft = Math.cos(angle) < -1e-6;
  if (count > UPRIGHT_MAX) {
    const degrees = Math.round((angle * 1800) / Math.PI) / 10 + (isLeft ? 180 : 0);
    const anchor = isLeft ? 'end' : 'start';
    return html`<text x="${x}" y="${y}" dy="0.35em" text-anchor="${anchor}" transform="rotate(${degrees} ${x} ${y})">${short}</text>`;
  }
  const isMiddle = Math.abs(Math.cos(angle)) < 0.2;
  const anchor = isMiddle ? 'middle' : isLeft ? 'end' : 'start';
  return html`<text x="${x}" y="${y}" dy="0.35em" text-anchor="${anchor}">${short}</text>`;
}
