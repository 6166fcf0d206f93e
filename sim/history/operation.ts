/**
 * Operations that clients did on elements, as they saw them: what was asked for, when, and what came
 * of it. Times are moments: numbers that only order what clients saw, without two of them equal.
 */

/** One operation. */
export interface Operation<Call = unknown, Result = unknown> {
  readonly client: string;
  readonly call: Call;
  /** Undefined when its client does not know what came of it: it may have an effect later, or never. */
  readonly result: Result | undefined;
  /** The moment at which the client began. */
  readonly invoked: number;
  /** The moment at which the client knew the result; infinite when it never did. */
  readonly returned: number;
  /** Virtual microseconds at which it began, and at which it was over: for people. */
  readonly fromUs: number;
  readonly toUs: number;
  /**
   * Nobody else did anything with the same elements meanwhile, and it was so quick that no offer
   * to it was taken back. One that does not wait may then not fail for no reason.
   */
  readonly alone: boolean;
}

/** What an element does if operations are done one after another. */
export interface Model<State, Call, Result> {
  readonly initial: State;
  /**
   * The states in which the operation may leave it, with the result that it had, or with any when
   * that is unknown. None: it cannot be done now.
   */
  step(state: State, operation: Operation<Call, Result>): readonly State[];
  /** Equal for equal states. */
  key(state: State): string;
  /** Whether a history may end in this state; always when left out. */
  isWhole?(state: State): boolean;
  /**
   * Equal for calls that do the same when nobody knows what came of them; what `describe` says of
   * them when left out.
   */
  asked?(call: Call): string;
  /** What was done and what came of it, in a few words. */
  describe(call: Call, result: Result | undefined): string;
}
