/** How serious a line is. */
export type Level = 'debug' | 'info' | 'warn' | 'error';

/** Structured lines for people and collectors. Tests never read them. */
export interface Log {
  /** Logs an event, named as a program would, and what belongs to it. */
  write(level: Level, event: string, fields?: Readonly<Record<string, unknown>>): void;
}
