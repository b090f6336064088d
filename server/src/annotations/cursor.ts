import type { Span } from '../base/span.ts';
import { didYouMean, list } from '../base/words.ts';
import type { Token } from './lex.ts';
import type { SaidWord } from './types.ts';
import { clauseWords, glueWords, innerWords, type Word, wordsOf } from './vocabulary.ts';

/** Ends the clause that is being read; the parser goes on behind it. */
export class ClauseError extends Error {
  constructor(
    readonly span: Span,
    message: string,
  ) {
    super(message);
  }
}

/** The tokens of a note with one of look-ahead. Its methods throw {@link ClauseError} where something else stands. */
export class Cursor {
  private at = 0;
  /** Words of the language that were read as such, in their order. */
  readonly words: SaidWord[] = [];

  constructor(private readonly tokens: readonly Token[]) {}

  get token(): Token {
    return this.tokens[this.at]!;
  }

  /** End of the token before. */
  get lastEnd(): number {
    return this.tokens[Math.max(0, this.at - 1)]!.span.end;
  }

  next(): Token {
    const { token } = this;
    if (token.k !== 'end') this.at++;
    return token;
  }

  is(text: string): boolean {
    return this.token.k !== 'end' && this.token.text === text;
  }

  /** Whether the token behind this one is `text`. */
  peekIs(text: string): boolean {
    return this.tokens[this.at + 1]?.text === text;
  }

  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.say(glueWords);
    this.at++;
    return true;
  }

  /** Keeps the token as a word of that list, if it is one. */
  say(words: readonly Word[]): void {
    const word = words.find(({ word }) => word === this.token.text);
    if (word !== undefined) this.words.push({ span: this.token.span, word });
  }

  /** The word that begins a clause; empty where none does. */
  clauseWord(): string {
    const { token } = this;
    if (token.k !== 'word' || !wordsOf(clauseWords).includes(token.text)) return '';
    this.say(clauseWords);
    return this.next().text;
  }

  /** @throws ClauseError */
  need(text: string, after: string): void {
    if (this.take(text)) return;
    this.fail(
      this.isOver()
        ? `'${text}' is missing after ${after}.`
        : `'${text}' belongs after ${after}, not ${this.found()}.`,
    );
  }

  name(what: string): Token {
    const { token } = this;
    if (this.isOver()) this.fail(`${what} is missing.`);
    if (token.k !== 'word' || !/^[A-Za-z_]/.test(token.text))
      this.fail(`${what} belongs here, not ${this.found()}.`);
    return this.next();
  }

  /** One of the words of a list. @throws ClauseError */
  oneOf(words: readonly Word[], what: string): string {
    const known = wordsOf(words);
    const { token } = this;
    if (token.k === 'word' && known.includes(token.text)) {
      this.say(words);
      return this.next().text;
    }
    if (this.isOver()) this.fail(`the ${what} is missing. Use ${list(known, 'or')}.`);
    const near = token.k === 'word' ? didYouMean(token.text, known) : '';
    return this.fail(`${this.found()} is no ${what}.${near} Use ${list(known, 'or')}.`);
  }

  /** @throws ClauseError */
  fail(message: string): never {
    throw new ClauseError(this.token.span, message);
  }

  /** The clause ends here. */
  isOver(): boolean {
    return this.token.k === 'end' || this.is(';');
  }

  found(): string {
    return this.token.k === 'end' ? 'the end' : `'${this.token.text}'`;
  }

  /** To the `;` that ends the clause, or to the end. What is a word of the language may be meant as one. */
  skipClause(): void {
    for (; this.token.k !== 'end' && !this.is(';'); this.at++) this.say(innerWords);
  }
}
