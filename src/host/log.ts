export type Level = 'debug' | 'info' | 'warn' | 'error';

/** Structured lines for people and collectors. Tests never read them. */
export interface Log {
  write(level: Level, event: string, fields?: Readonly<Record<string, unknown>>): void;
}
