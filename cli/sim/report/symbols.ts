/** Shapes that are used again and again. They differ, so that no colour has to be told apart. */

import { html, type Markup } from './markup.ts';

/** To stand once in the page, before everything that refers to them. */
export const symbols: Markup = html`<svg class="defs" aria-hidden="true"><defs>
<g id="state-up"><circle r="7"/></g>
<g id="state-suspected"><circle r="4.5"/><circle class="ring" r="8"/></g>
<g id="state-cut"><path d="M0-9L9 0 0 9-9 0z"/></g>
<g id="state-paused"><path d="M-7-7h5v14h-5zM2-7h5v14H2z"/></g>
<g id="state-joining"><circle class="ring" r="6.5"/></g>
<g id="state-down"><path class="cross" d="M-7-7L7 7M7-7L-7 7"/></g>
<g id="mark-broken"><path d="M6 0v12"/></g>
<g id="mark-crash"><path class="stroke" d="M2 2l8 8M10 2l-8 8"/></g>
<g id="mark-dark"><circle cx="6" cy="6" r="4.5"/></g>
<g id="mark-leave"><path d="M1 3h10L6 11z"/></g>
<g id="mark-pause"><path d="M2 1.5h3v9H2zM7 1.5h3v9H7z"/></g>
<g id="mark-cut"><path d="M6 .5L11.5 6 6 11.5.5 6z"/></g>
<g id="mark-network"><path class="stroke" d="M1 8c2-6 3-6 5-2s3 4 5-2"/></g>
<g id="mark-machine"><path d="M1.5 1.5h9v9h-9z"/></g>
<g id="mark-clock"><circle class="stroke" cx="6" cy="6" r="4.7"/><path class="stroke" d="M6 3v3l2 1.5"/></g>
<g id="mark-excused"><path class="stroke" d="M1 6h2M5 6h2M9 6h2"/></g>
</defs></svg>`;
