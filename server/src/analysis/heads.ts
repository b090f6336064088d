import { addTo } from '../base/maps.ts';
import { freeNames, readsAsFunction, withMacros } from '../ir/macros.ts';
import type { FunctionHead, IrFunction, IrUnit } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';

/**
 * The functions of a unit by what their texts tell: its own, and the macros that they call. Callers and mentions are too many
 * rather than too few; whether a macro is a function is found out when somebody asks for it.
 */
export class Heads {
  /** In the order of the unit, macros behind functions. */
  readonly all: readonly FunctionHead[];
  /** The file that each function stands in that was lowered. */
  readonly files = new Map<IrFunction, string>();
  private readonly byName = new Map<string, FunctionHead[]>();
  private readonly callers = new Map<string, FunctionHead[]>();
  private readonly mentioners = new Map<string, readonly FunctionHead[]>();
  private readonly through = new Map<string, readonly FunctionHead[]>();
  private readonly sound = new Map<string, readonly FunctionHead[]>();

  constructor(
    private readonly unit: IrUnit,
    private readonly vocabulary: Vocabulary,
  ) {
    this.all = withMacros(unit.heads, (name) => unit.macrosNamed(name));
    for (const head of this.all) addTo(this.byName, head.name, head);
    const mentioners = new Map<string, FunctionHead[]>();
    for (const head of this.all) {
      for (const name of head.calls) if (this.byName.has(name)) addTo(this.callers, name, head);
      for (const name of head.mentions) if (this.byName.has(name)) addTo(mentioners, name, head);
    }
    for (const name of this.byName.keys()) this.mentioners.set(name, mentioners.get(name) ?? []);
  }

  /** Whether the unit may have a function of that name. */
  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** The functions of a name. */
  named(name: string): readonly FunctionHead[] {
    let heads = this.sound.get(name);
    if (heads === undefined) {
      heads = (this.byName.get(name) ?? []).filter((head) => !head.macro || this.isSound(head));
      this.sound.set(name, heads);
    }
    return heads;
  }

  /** Functions that may call one of the unit by its name. */
  calling(name: string): readonly FunctionHead[] {
    return this.callers.get(name) ?? [];
  }

  /** Functions that have a name in them without calling it. */
  mentioning(name: string): readonly FunctionHead[] {
    let heads = this.mentioners.get(name);
    if (heads === undefined) {
      heads = this.all.filter((head) => head.mentions.has(name));
      this.mentioners.set(name, heads);
    }
    return heads;
  }

  /** Functions that may call through a member of that name. */
  callingThrough(member: string): readonly FunctionHead[] {
    let heads = this.through.get(member);
    if (heads === undefined) {
      heads = this.all.filter((head) => head.members.has(member) || head.mentions.has(member));
      this.through.set(member, heads);
    }
    return heads;
  }

  lower(head: FunctionHead): IrFunction {
    const fn = head.lower();
    this.files.set(fn, head.file);
    return fn;
  }

  /**
   * Whether a macro is a function: it parses, and speaks of no name that nothing in view declares. Such names are locals of
   * whoever uses the macro, and a function has no such thing.
   */
  private isSound(head: FunctionHead): boolean {
    const fn = this.lower(head);
    if (!readsAsFunction(fn)) return false;
    for (const name of freeNames(fn)) if (!this.isDeclared(name)) return false;
    return true;
  }

  private isDeclared(name: string): boolean {
    return (
      this.byName.has(name) ||
      this.unit.globalsNamed(name).length > 0 ||
      this.unit.constants.get(name) !== undefined ||
      this.vocabulary.rows(name).length > 0
    );
  }
}
