/** The one generator of seedrandom that we use, without the rest of it, which wants a platform. */
declare module 'seedrandom/lib/alea.js' {
  export default function alea(seed: string): () => number;
}
