import { addTo } from '../base/maps.ts';
import { exprText, presenceText } from '../ir/text.ts';
import type { Expr, FunctionHead, GlobalDef, IrFunction, IrUnit, StructDef, TypeRef } from '../ir/types.ts';
import { isReplaceable } from '../kernel/attributes.ts';
import type { Presence } from '../syntax/types.ts';

/** What a name was asked for as. */
type Kind = 'function' | 'analysed' | 'absent' | 'constant' | 'global' | 'struct' | 'callee' | 'headers';

/**
 * The names of a unit, as functions under analysis ask for them. What is asked for while a function runs is noted, so that
 * its result can be kept until one of the answers changes.
 */
export class Scope {
  private unit!: IrUnit;
  private heads: ReadonlyMap<string, readonly FunctionHead[]> = new Map();
  private relevant = new Map<string, IrFunction>();
  private signatures = new Map<string, string>();
  /** Questions since {@link begin}. */
  private asked: Set<string> | null = null;

  constructor(unit: IrUnit) {
    this.renew(unit, []);
  }

  /** Answers from another version of the unit from now on. `sameNames`: in which nothing but bodies of functions differs. */
  renew(unit: IrUnit, relevant: Iterable<IrFunction>, sameNames = false): void {
    this.unit = unit;
    if (!sameNames) {
      const heads = new Map<string, FunctionHead[]>();
      for (const head of unit.heads) addTo(heads, head.name, head);
      this.heads = heads;
      this.signatures = new Map();
    }
    this.relevant = new Map();
    this.add(relevant);
  }

  /** More functions that are analysed. */
  add(relevant: Iterable<IrFunction>): void {
    for (const fn of relevant) {
      this.relevant.set(fn.name, fn);
      this.signatures.delete(`function ${fn.name}`);
      this.signatures.delete(`callee ${fn.name}`);
      this.signatures.delete(`analysed ${fn.name}`);
    }
  }

  isFunction(name: string): boolean {
    this.note('function', name);
    return this.hasFunction(name);
  }

  /** Whether a function is analysed, so that it matters who runs it. */
  isAnalysed(name: string): boolean {
    this.note('analysed', name);
    return this.relevant.has(name);
  }

  /**
   * Of a function that is in view as a stub only, which a header has for builds without it: what holds of these, each literal the
   * opposite of which says that a build has the function. Empty for all others.
   */
  absentOf(name: string): Presence {
    this.note('absent', name);
    return this.stub(name);
  }

  private stub(name: string): Presence {
    const [head, ...others] = this.heads.get(name) ?? [];
    if (head === undefined || others.length > 0 || head.macro || !head.isStatic) return [];
    return head.file.endsWith('.h') ? head.slice.presence.filter(({ holds }) => !holds) : [];
  }

  constant(name: string): Expr | undefined {
    this.note('constant', name);
    return this.unit.constants.get(name);
  }

  /** The type of a file-level variable; null where nothing declares it. */
  globalType(name: string): TypeRef | null {
    this.note('global', name);
    return this.global(name)?.variable.type ?? null;
  }

  struct(tag: string): StructDef | undefined {
    this.note('struct', tag);
    return this.unit.structs.get(tag);
  }

  /** The headers that every build of a file of the unit includes. */
  headersOf(file: string): readonly string[] {
    this.note('headers', file);
    return this.unit.headersOf(file);
  }

  /** Whether what a call of that name runs may be another function, which takes the place of this one. */
  isReplaceable(name: string): boolean {
    this.note('callee', name);
    return isWeak(this.relevant.get(name));
  }

  /** The arguments (from 0) of which a callee, which is a macro, gets the place and not the value. */
  placesOf(name: string): readonly number[] {
    this.note('callee', name);
    return this.relevant.get(name)?.byReference ?? [];
  }

  /** A function that is analysed. */
  function(name: string): IrFunction | undefined {
    return this.relevant.get(name);
  }

  /** Starts to note questions. */
  begin(): void {
    this.asked = new Set();
  }

  /** What was asked since {@link begin}, and what the answers were. */
  end(): ReadonlyMap<string, string> {
    const asked = this.asked ?? new Set<string>();
    this.asked = null;
    return new Map([...asked].map((question) => [question, this.signature(question)]));
  }

  /** Whether the same questions get the same answers now. */
  answersAs(before: ReadonlyMap<string, string>): boolean {
    for (const [question, answer] of before) if (this.signature(question) !== answer) return false;
    return true;
  }

  private note(kind: Kind, name: string): void {
    this.asked?.add(`${kind} ${name}`);
  }

  /** Macros are functions where they are analysed. */
  private hasFunction(name: string): boolean {
    return this.heads.has(name) || this.relevant.get(name)?.macro === true;
  }

  private global(name: string): GlobalDef | undefined {
    const all = this.unit.globalsNamed(name);
    // The definition says more than an `extern` before it.
    return all.find((g) => g.variable.storage !== 'extern') ?? all[0];
  }

  /** An answer as text: two with the same text are alike for whoever asked. */
  private signature(question: string): string {
    let text = this.signatures.get(question);
    if (text === undefined) {
      const at = question.indexOf(' ');
      text = this.answer(question.slice(0, at) as Kind, question.slice(at + 1));
      this.signatures.set(question, text);
    }
    return text;
  }

  private answer(kind: Kind, name: string): string {
    switch (kind) {
      case 'function':
        return String(this.hasFunction(name));
      case 'absent':
        return presenceText(this.stub(name));
      case 'analysed':
        return String(this.relevant.has(name));
      case 'callee': {
        const fn = this.relevant.get(name);
        return `${isWeak(fn)} ${fn?.byReference ?? ''}`;
      }
      case 'constant': {
        const value = this.unit.constants.get(name);
        return value === undefined ? '' : exprText(value);
      }
      case 'global': {
        const global = this.global(name);
        return global === undefined ? '' : `${global.variable.storage} ${typeText(global.variable.type)}`;
      }
      case 'headers':
        return this.unit.headersOf(name).join(' ');
      case 'struct': {
        const struct = this.unit.structs.get(name);
        return struct === undefined
          ? ''
          : struct.fields.map((field) => `${field.name}: ${typeText(field.type)}`).join('; ');
      }
    }
  }
}

function isWeak(fn: IrFunction | undefined): boolean {
  return fn !== undefined && isReplaceable(fn.attributes);
}

function typeText(type: TypeRef): string {
  return `${type.text} ${type.tag} ${type.pointers} ${type.arrays.join()}`;
}
