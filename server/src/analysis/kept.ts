import { addTo } from '../base/maps.ts';
import type { Expr, IrFunction } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';
import { anyLive } from '../model/generic.ts';
import type { Call } from './call-context.ts';
import { type CallOf, transitionArguments } from './function-facts.ts';
import type { ObjectState } from './state.ts';

/** Whether memory that something converts may be kept in a field or global of that name. */
export type Keeps = (name: string) => boolean;

/**
 * The fields and globals in which functions keep what is converted: wherever the address that a transition gets may have
 * come from, and wherever it is put. Rather too many than too few: what is kept elsewhere is not followed.
 */
export function keptPlaces(
  functions: readonly Flows[],
  vocabulary: Vocabulary,
  known: Iterable<string>,
): ReadonlySet<string> {
  return new Kept(functions, vocabulary).from(known);
}

/** A function with the calls that it makes. */
export interface Flows {
  readonly fn: IrFunction;
  readonly calls: readonly CallOf[];
}

/** Where a value may be: a local by its index, a temporary by the complement of its number, a field or global by its name. */
type Place = number | string;

/** What is found once it is known that some place holds what is converted. */
class Kept {
  private readonly names = new Set<string>();
  private readonly slots: Set<number>[];
  private readonly returned = new Set<string>();
  private readonly given = new Set<string>();
  private readonly open: (() => void)[] = [];
  private readonly links: readonly Links[];
  /** Functions by their names. */
  private readonly byName = new Map<string, number[]>();
  /** Functions that say something of a field or global; that give a value to a parameter. */
  private readonly naming = new Map<string, number[]>();
  private readonly giving = new Map<string, number[]>();

  constructor(
    private readonly functions: readonly Flows[],
    vocabulary: Vocabulary,
  ) {
    this.links = functions.map((each) => linksOf(each, vocabulary));
    this.slots = functions.map(() => new Set());
    for (const [at, { fn }] of functions.entries()) {
      addTo(this.byName, fn.name, at);
      const { places, given } = this.links[at]!;
      for (const place of places.keys()) if (typeof place === 'string') addTo(this.naming, place, at);
      for (const key of given.keys()) addTo(this.giving, key, at);
    }
  }

  from(known: Iterable<string>): ReadonlySet<string> {
    for (const name of known) this.name(name);
    for (const [at, { seeds }] of this.links.entries()) this.take(at, seeds);
    for (let next = this.open.pop(); next !== undefined; next = this.open.pop()) next();
    return this.names;
  }

  private take(at: number, places: readonly Place[]): void {
    for (const place of places)
      if (typeof place === 'string') this.name(place);
      else this.slot(at, place);
  }

  private name(name: string): void {
    if (this.names.has(name)) return;
    this.names.add(name);
    for (const at of this.naming.get(name) ?? []) this.open.push(() => this.spread(at, name));
  }

  private slot(at: number, slot: number): void {
    if (this.slots[at]!.has(slot)) return;
    this.slots[at]!.add(slot);
    const { fn } = this.functions[at]!;
    if (slot >= 0 && slot < fn.parameterCount) this.give(fn.name, slot);
    this.open.push(() => this.spread(at, slot));
  }

  private spread(at: number, place: Place): void {
    const links = this.links[at]!;
    const of = links.places.get(place);
    if (of === undefined) return;
    this.take(at, of.to);
    for (const { name, position } of of.arguments) if (this.byName.has(name)) this.give(name, position);
    for (const { name, passesOn } of of.results)
      if (this.byName.has(name)) this.return(name);
      else this.take(at, passesOn);
  }

  /** A parameter is given what is converted: in all functions of that name, and by all that call one. */
  private give(name: string, position: number): void {
    const key = `${name} ${position}`;
    if (this.given.has(key)) return;
    this.given.add(key);
    for (const at of this.byName.get(name) ?? []) this.slot(at, position);
    for (const at of this.giving.get(key) ?? []) this.take(at, this.links[at]!.given.get(key)!);
  }

  private return(name: string): void {
    if (this.returned.has(name)) return;
    this.returned.add(name);
    for (const at of this.byName.get(name) ?? []) this.take(at, this.links[at]!.returns);
  }
}

/** Where the value of a place may come from or go to, in one function. */
interface Links {
  /** Places of what the function hands to transitions. */
  readonly seeds: readonly Place[];
  readonly places: ReadonlyMap<Place, Link>;
  /** By callee and position: the places of the argument. */
  readonly given: ReadonlyMap<string, readonly Place[]>;
  readonly returns: readonly Place[];
}

interface Link {
  readonly to: Place[];
  /** Calls that get it. */
  readonly arguments: { readonly name: string; readonly position: number }[];
  /** Calls that it is the result of; `passesOn`: places of their arguments, where a call gives an address in another form. */
  readonly results: { readonly name: string; readonly passesOn: readonly Place[] }[];
}

/** Of functions as they were looked at last: an edit changes one of many. */
const known = new WeakMap<
  Vocabulary,
  WeakMap<IrFunction, { readonly calls: readonly CallOf[]; readonly links: Links }>
>();

function linksOf({ fn, calls }: Flows, vocabulary: Vocabulary): Links {
  let ofVocabulary = known.get(vocabulary);
  if (ofVocabulary === undefined) {
    ofVocabulary = new WeakMap();
    known.set(vocabulary, ofVocabulary);
  }
  const last = ofVocabulary.get(fn);
  if (last !== undefined && areSame(last.calls, calls)) return last.links;
  const links = linked(fn, calls, vocabulary);
  ofVocabulary.set(fn, { calls, links });
  return links;
}

/** A pointer may point to other functions after an edit elsewhere. */
function areSame(a: readonly CallOf[], b: readonly CallOf[]): boolean {
  return (
    a.length === b.length && a.every(({ name, instr }, i) => b[i]!.name === name && b[i]!.instr === instr)
  );
}

function linked(fn: IrFunction, calls: readonly CallOf[], vocabulary: Vocabulary): Links {
  const converts = transitionArguments(vocabulary);
  const places = new Map<Place, Link>();
  const of = (place: Place): Link => {
    let link = places.get(place);
    if (link === undefined) {
      link = { to: [], arguments: [], results: [] };
      places.set(place, link);
    }
    return link;
  };
  const seeds: Place[] = [];
  const given = new Map<string, Place[]>();
  const returns: Place[] = [];
  for (const { name, instr } of calls) {
    for (const position of converts(name)) seeds.push(...placesOf(instr.args[position]));
    if (instr.dst !== null) of(~instr.dst).results.push({ name, passesOn: [] });
    instr.args.forEach((arg, position) => {
      for (const place of placesOf(arg)) of(place).arguments.push({ name, position });
    });
  }
  for (const { instrs, term } of fn.blocks) {
    for (const instr of instrs) {
      if (instr.k === 'assign') {
        // Where it came from, and where else it goes.
        const targets = placesOf(instr.target);
        const values = placesOf(instr.value);
        for (const place of targets) of(place).to.push(...values);
        for (const place of values) of(place).to.push(...targets);
      } else if (instr.k === 'call' && instr.callee.k === 'direct') {
        const { name } = instr.callee;
        const args = instr.args.map(placesOf);
        if (instr.dst !== null && passesOn(name, vocabulary))
          of(~instr.dst).results.push({ name, passesOn: args.flat() });
        for (const [position, arg] of args.entries())
          for (const place of arg) addTo(given, `${name} ${position}`, place);
      }
    }
    if (term.k === 'return' && term.value) returns.push(...placesOf(term.value));
  }
  return { seeds, places, given, returns };
}

/** Places that a value is computed from. */
function placesOf(expr: Expr | undefined): readonly Place[] {
  if (expr === undefined) return [];
  if (expr.k === 'local') return [expr.index];
  if (expr.k === 'temp') return [~expr.id];
  if (expr.k === 'field' || expr.k === 'name') return [expr.name];
  return partsOf(expr).flatMap(placesOf);
}

/** What a call of a function that is not in view gives is made of its arguments: an address in another form. */
function passesOn(name: string, vocabulary: Vocabulary): boolean {
  return !vocabulary.rows(name).some((row) => row.k === 'alloc' || row.k === 'size');
}

/** What an address is computed from. */
function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.k) {
    case 'index':
    case 'deref':
    case 'addr':
      return [expr.base];
    case 'cast':
    case 'unary':
      return [expr.arg];
    case 'binary':
      return expr.op === '+' || expr.op === '-' || expr.op === '&' || expr.op === '|'
        ? [expr.left, expr.right]
        : [];
    default:
      return [];
  }
}

/**
 * Whether a call of an event can be about memory that is converted: a free of what a field holds in which none is kept is not, nor
 * is an allocation that goes to such a field.
 */
export function mayConcern(fn: IrFunction, call: Call, vocabulary: Vocabulary, keeps: Keeps): boolean {
  if (call.callee.k === 'indirect') return true;
  const rows = vocabulary.rows(call.callee.name);
  if (rows.some((row) => row.k === 'alloc')) {
    const places = placesOfResult(fn, call);
    return places.length === 0 || places.some((place) => isKept(place, keeps));
  }
  const frees = rows.filter((row) => row.k === 'free' || row.k === 'unmap');
  if (frees.length === 0) return true;
  return frees.some((row) => {
    let arg = call.args[row.address];
    while (arg?.k === 'cast' || arg?.k === 'index') arg = arg.k === 'cast' ? arg.arg : arg.base;
    return arg === undefined || isKept(arg, keeps);
  });
}

/** Where the value of a call goes first. */
function placesOfResult(fn: IrFunction, { dst }: Call): readonly Expr[] {
  if (dst === null) return [];
  const places: Expr[] = [];
  for (const { instrs } of fn.blocks)
    for (const instr of instrs) {
      if (instr.k !== 'assign') continue;
      let { value } = instr;
      while (value.k === 'cast') value = value.arg;
      if (value.k === 'temp' && value.id === dst) places.push(instr.target);
    }
  return places;
}

/** Not a field or global in which nothing converted is kept. */
function isKept(place: Expr, keeps: Keeps): boolean {
  return (place.k !== 'field' && place.k !== 'name') || keeps(place.name);
}

/** Memory that nothing has converted or shown to anybody. */
export function isUntouched(object: ObjectState): boolean {
  return (
    object.flip === null &&
    object.published === null &&
    object.given === null &&
    object.mappedAs === null &&
    object.userMapped === null &&
    object.aliasOf === null
  );
}

/** Memory that is what it was when the function was entered, as far as anybody knows. */
export function isAsEntered(object: ObjectState): boolean {
  const { own, borrowed, freedAt, states } = object;
  return !own && !borrowed && freedAt === null && states === anyLive && isUntouched(object);
}
