import { call as written } from './change.ts';
import { checkInto, exitsOf, locksHeld } from './checked.ts';
import { FileChange, type PlacedCall, type PlacedFunction } from './file.ts';
import { expressionOf } from './free-guard.ts';
import { freesIn, placeOf } from './memory.ts';
import { declare, freshResult, resultsOf } from './names.ts';
import { owedAt } from './owed.ts';
import { freeOnlyIf, lined, withLeakWords } from './paths.ts';
import {
  candidate,
  flaggedCall,
  isUnused,
  maker,
  outcomeOf,
  ownTransition,
  type Problem,
  returnsInt,
  returnsNothing,
} from './problem.ts';
import {
  argumentsOf,
  callAt,
  calleeOf,
  following,
  isBare,
  labelled,
  leaves,
  type SyntaxNode,
  statementOf,
  unlabelled,
} from './tree.ts';

/** Helpers that call each other, of which each hands the result on. */
const mostHelpers = 3;

const loops = ['for_statement', 'while_statement', 'do_statement'];

/**
 * A helper that returns nothing, or always 0, returns the result of its transition, and its callers look at it: all of them are in
 * view.
 */
export const returnFromHelper = maker(['return-from-helper'], (problem) => {
  const found = silentHelper(problem);
  if (found === null) return [];
  const to = directionOf(problem, found.call);
  const title = `Return the result from ${found.fn.name}(), check it in its callers`;
  const made = [0, 1].flatMap((exit) => {
    const change = new FileChange();
    const way = new Handing(problem, change, to, exit);
    // Where the callers look already, it is a quick fix.
    const done = way.from(found, 1) && change.reach > 1;
    return done ? candidate('return-from-helper', title, change) : [];
  });
  // Each is analysed; mostly there is but one way to go.
  const texts = made.map(({ edits }) => JSON.stringify(edits));
  return made.filter((_, i) => texts.indexOf(texts[i]!) === i);
});

/** The transition whose result is lost, and the function that loses it: that of the finding, or one that it calls. */
function silentHelper(problem: Problem): PlacedCall | null {
  const { finding, file } = problem;
  const there = finding.transition?.at;
  const own = file.placed(problem.fn, finding.at.function);
  switch (finding.violation) {
    case 'result-dropped':
    case 'hidden-outcome': {
      const isCall = finding.violation === 'result-dropped';
      const flagged = isCall ? flaggedCall(problem) : ownTransition(problem);
      const call = own?.root.find('call_expression').find((one) => one.start === flagged?.start);
      return own === undefined || call === undefined ? null : { fn: own, call };
    }
    case 'freed-unknown': {
      if (there === undefined || there.file !== finding.at.file) return null;
      const fn = there.function === finding.at.function ? undefined : file.named(there.function);
      const call = fn === undefined ? undefined : callAt(fn, there.span);
      return fn === undefined || call === undefined ? null : { fn, call };
    }
    default:
      return null;
  }
}

/** Which way a call converts; a helper that is called counts as what the finding says of it. */
function directionOf({ finding, vocabulary }: Problem, call: SyntaxNode): 'shared' | 'private' {
  const row = vocabulary.row(calleeOf(call) ?? '', 'transition');
  return row?.to ?? finding.transition?.to ?? 'private';
}

/** The way of a result from a transition to whoever can do something about it. */
class Handing {
  private readonly changed = new Set<PlacedFunction>();
  /** Variables for the results in callers, and where the last is not asked for any more. */
  private readonly results = new Map<PlacedFunction, { readonly name: string; readonly end: number }>();

  constructor(
    private readonly problem: Problem,
    private readonly change: FileChange,
    private readonly to: 'shared' | 'private',
    /** Of the ways that failures of a function go, which: nobody knows before it was tried. */
    private readonly exit: number,
  ) {}

  /** Makes the function around a call return its result, and those who call it look at that; false where it cannot be done. */
  from({ fn, call }: PlacedCall, depth: number): boolean {
    const uses = this.problem.file.usesOf(fn);
    if (uses === null || uses.calls.length === 0 || depth > mostHelpers) return false;
    if (this.changed.has(fn) || this.results.has(fn) || !saysNothing(fn)) return false;
    this.changed.add(fn);
    const callers = uses.calls.map((one) => one.fn);
    if (callers.includes(fn)) return false;
    return (
      this.returned({ fn, call }) &&
      (returnsInt({ fn }) || this.declared(fn, uses.prototypes)) &&
      uses.calls.every((one) =>
        this.looked(one, depth, callers.filter((caller) => caller === one.fn).length === 1),
      )
    );
  }

  /** The type of the definition and of what declares it before. */
  private declared(fn: PlacedFunction, prototypes: readonly number[]): boolean {
    const { text } = this.problem.file;
    this.change.of(fn).replace(fn.root.find('function_definition')[0]!.at('type')!, 'int');
    return prototypes.every((at) => {
      const from = text.lastIndexOf('static', at);
      const head = /^static\b[^;*]*?\b(void)\b/.exec(text.slice(from, at));
      if (head === null) return false;
      const start = from + head[0].length - 'void'.length;
      this.change.splice(start, start + 'void'.length, 'int');
      return true;
    });
  }

  /** The body: the result is kept, and returned at each end. */
  private returned({ fn, call }: PlacedCall): boolean {
    const { vocabulary } = this.problem;
    const change = this.change.of(fn);
    const outcome = outcomeOf({ vocabulary }, call);
    const { statement, variable, test } = outcome;
    if (call.around(...loops) !== undefined) return false;
    const ends = fn.root.find('return_statement');
    const last = fn.body.children.at(-1)!;
    const whole = variable === null && isUnused(call, vocabulary);
    const value = whole ? expressionOf(statement) : call;
    if (whole && value === call && statement === last && !isBare(statement)) {
      change.instead(statement, [
        lined(change.bodyIndent(statement), 'return ', expressionOf(statement), ';'),
      ]);
      for (const end of ends) change.replace(end, 'return 0;');
      return true;
    }
    // What is there only for memory that is shared now must not run without.
    const stops = this.to === 'shared' && locksHeld({ fn, vocabulary }, statement) === 0;
    if (stops && owedAt({ fn, vocabulary }, call, statement).length > 0) return false;
    const certain =
      !outcome.perhaps &&
      labelled(statement).parent === fn.body &&
      !fn.root.find('goto_statement').some((jump) => jump.start < call.start);
    let name = variable;
    if (name === null) {
      if ((!whole && test !== statement) || outcome.perhaps) return false;
      name = freshResult(fn);
      declare(fn, change, certain || stops ? `int ${name};` : `int ${name} = 0;`);
      const indent = change.bodyIndent(statement);
      const kept = written(
        indent,
        `${name} = ${calleeOf(call)}`,
        argumentsOf(call).map((one) => one.text),
        ';',
      );
      // A macro around the call goes on telling of it.
      const asked = value.text.replace(call.text, name);
      const told = value === call ? [] : [`${asked};`];
      if (whole)
        change.instead(statement, [kept, ...(stops ? [`if (${asked})`, `\treturn ${name};`] : told)]);
      else {
        change.before(statement, [kept]);
        change.replace(call, name);
      }
    } else if (!this.isKept(fn, name, call, certain)) return false;
    const told = test === null ? undefined : outcome.failing.at(-1);
    if (stops && told !== undefined && !leaves(told) && following(test!).length > 0)
      change.after(told, [`return ${name};`]);
    // Where failures have left, what is behind them is success.
    const gone = outcome.failing.some((one) => unlabelled(one).type === 'return_statement');
    const success = (whole && stops) || gone ? '0' : name;
    const failed = (end: SyntaxNode) => outcome.failing.some((one) => one.has(end));
    for (const end of ends)
      change.replace(end, end.start < call.start ? 'return 0;' : `return ${failed(end) ? name : success};`);
    if (!leaves(last)) change.after(last, [`return ${success};`]);
    return true;
  }

  /** Whether a variable of the function holds the result of a call wherever it ends, and nothing else. */
  private isKept(fn: PlacedFunction, name: string, call: SyntaxNode, certain: boolean): boolean {
    const locals = resultsOf(fn);
    if (!locals.has(name)) return false;
    const initial = locals.get(name);
    const ofCall = initial?.has(call) === true;
    if (!certain && !ofCall && initial?.text !== '0') return false;
    return fn.root
      .find('assignment_expression', 'pointer_expression')
      .filter((one) => (one.at('left') ?? one.at('argument'))?.text === name)
      .every((one) => one.has(call));
  }

  /** What a caller does with the result of a helper: it frees by it, leaves by it, or hands it on. */
  private looked({ fn, call }: PlacedCall, depth: number, alone: boolean): boolean {
    const { vocabulary, message } = this.problem;
    const statement = statementOf(call);
    const dropped = statement.type === 'expression_statement' && expressionOf(statement) === call;
    if (!dropped) return returnsSomething(this.problem, call);
    const given = argumentsOf(call).flatMap((one) => placeOf(one, vocabulary)?.text ?? []);
    const frees = freesIn(fn, vocabulary).filter(
      (free) => free.call.start > call.end && given.includes(free.place),
    );
    if (frees.length > 0)
      return this.freed(
        { fn, call },
        frees.map((free) => free.call),
      );
    // Only frees can ask for one result after the other.
    if (!alone) return false;
    const scene = { fn, vocabulary, message };
    if (returnsNothing({ fn })) return this.from({ fn, call }, depth + 1);
    if (!returnsInt({ fn })) return false;
    const next = following(statement)[0];
    const change = this.change.of(fn);
    if (next?.type === 'return_statement' && next.children[0]?.text === '0') {
      if (fn.text.slice(statement.end, next.start).trim() !== '') return false;
      change.splice(statement.start, next.end, `return ${call.text};`);
      return true;
    }
    // A teardown has more to do than to go home.
    if (this.to === 'private') return false;
    const outcome = outcomeOf({ vocabulary }, call);
    const ways = exitsOf(scene, outcome);
    const way = ways[Math.min(this.exit, ways.length - 1)];
    return way !== undefined && checkInto(scene, change, outcome, way, this.loses(fn, given));
  }

  /** Whether memory that the function has got itself is lost when it leaves. */
  private loses(fn: PlacedFunction, places: readonly string[]): boolean {
    return fn.root
      .find('assignment_expression', 'init_declarator')
      .filter((one) => places.includes(placeName(one)))
      .some((one) =>
        one
          .find('call_expression')
          .some((call) => this.problem.vocabulary.row(calleeOf(call) ?? '', 'alloc')),
      );
  }

  /** The memory is freed only where the helper returned 0. */
  private freed({ fn, call }: PlacedCall, frees: readonly SyntaxNode[]): boolean {
    const { vocabulary, message } = this.problem;
    const scene = { fn, vocabulary, message };
    const change = this.change.of(fn);
    const statement = statementOf(call);
    const around = blockBefore(statement, frees);
    if (around === null) return false;
    const inner = call.around(...loops);
    if (inner !== undefined && around.has(inner)) return false;
    const name = calleeOf(call)!;
    const items = argumentsOf(call).map((one) => one.text);
    const [first] = frees.map((free) => unlabelled(statementOf(free)));
    const indent = change.bodyIndent(first!);
    if (frees.length === 1 && following(statement)[0] === first) {
      const gap = fn.text.slice(statement.end, first!.start);
      if (gap.trim() === '' && change.startsLine(statement)) change.splice(statement.start, first!.start, '');
      else change.remove(statement);
      const note = change.noteBehind(statement);
      const words = withLeakWords(scene, written(indent, `if (!${name}`, items, ')'));
      change.guard(first!, note === null ? words : `${note.text}\n${words}`);
      return true;
    }
    const certain = around === labelled(statement);
    const known = this.results.get(fn);
    if (known !== undefined && (!certain || known.end > call.start)) return false;
    const result = known?.name ?? freshResult(fn);
    if (known === undefined) declare(fn, change, certain ? `int ${result};` : `int ${result} = 0;`);
    this.results.set(fn, { name: result, end: frees.at(-1)!.end });
    change.instead(statement, [written(change.bodyIndent(statement), `${result} = ${name}`, items, ';')]);
    for (const free of frees) freeOnlyIf(scene, change, unlabelled(statementOf(free)), `!${result}`, true);
    return true;
  }
}

/** Whether nothing of what becomes of the memory is in what a function returns. */
function saysNothing(fn: PlacedFunction): boolean {
  const values = fn.root.find('return_statement').map((one) => one.children[0]?.text);
  if (returnsNothing({ fn })) return values.every((value) => value === undefined);
  return returnsInt({ fn }) && values.every((value) => value === '0');
}

/** Whether whoever calls has a use for the result already. */
function returnsSomething({ file }: Problem, call: SyntaxNode): boolean {
  const callee = file.named(calleeOf(call) ?? '');
  return callee !== undefined && returnsInt({ fn: callee });
}

/** The statement around a call in whose block all of the frees come, with nothing between that others could jump to; null: none is. */
function blockBefore(statement: SyntaxNode, frees: readonly SyntaxNode[]): SyntaxNode | null {
  for (let at: SyntaxNode | null = labelled(statement); at !== null; at = at.parent) {
    const rest = following(at);
    const last = rest.findLastIndex((one) => frees.some((free) => one.has(free)));
    if (last < 0) continue;
    const between = rest.slice(0, last + 1);
    const all = frees.every((free) => between.some((one) => one.has(free)));
    return all && between.every((one) => one.find('labeled_statement').length === 0) ? at : null;
  }
  return null;
}

function placeName(assignment: SyntaxNode): string {
  const place = assignment.at('left') ?? assignment.at('declarator');
  return place?.text.replace(/^\*+\s*/, '') ?? '';
}
