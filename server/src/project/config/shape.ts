import type { Node } from 'jsonc-parser';
import { ascii, didYouMean, list as listed } from '../../base/words.ts';

/** A JSON schema, draft 7, with the few additions that editors understand. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Where a value stands, for the words about it. */
export interface Place {
  /** Told of everything that is wrong: where (UTF-16 units), what, and what to do. */
  readonly tell: (offset: number, message: string) => void;
  /** `'unit'`, `this entry`: what the value is called. */
  readonly name: string;
  /** What a wrong value costs: `this entry is ignored`. */
  readonly cost: string;
}

/**
 * What a value must be like. Reading and the JSON schema come from the same place, so that an editor and the command
 * line accept and refuse the same files.
 */
export interface Shape<T> {
  /** Completes "must be": `true or false`. */
  readonly wanted: string;
  readonly schema: JsonSchema;
  /** The value, or undefined after telling what is wrong with it. Never throws. */
  read(node: Node, place: Place): T | undefined;
}

/** What a shape gives. */
export type Read<S> = S extends Shape<infer T> ? T : never;

/** A value as a message quotes it: short, one line, ASCII, whatever is in the file. */
export function quoted(text: string): string {
  const line = ascii(text.slice(0, 60));
  return `'${line.length > 40 || text.length > 60 ? `${line.slice(0, 37)}...` : line}'`;
}

function shown(node: Node): string {
  if (node.type === 'object') return 'an object';
  if (node.type === 'array') return 'a list';
  return node.type === 'string' ? quoted(String(node.value)) : String(node.value).slice(0, 40);
}

function refuse(node: Node, { tell, name, cost }: Place, wanted: string, hint = ''): undefined {
  tell(node.offset, `${name} must be ${wanted}, not ${shown(node)}.${hint} ${sentence(cost)}`);
}

/** A clause as a sentence of its own. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** One of a few words; with words about each, if they are given as a table. */
export function choice<const V extends string>(values: readonly V[] | Readonly<Record<V, string>>): Shape<V> {
  const words = (Array.isArray(values) ? values : Object.keys(values)) as readonly V[];
  const about = Array.isArray(values) ? {} : { enumDescriptions: Object.values(values) };
  const wanted = words.length === 1 ? quoted(words[0]!) : `one of ${listed(words, 'or')}`;
  return {
    wanted,
    schema: { type: 'string', enum: words, ...about },
    read(node, place) {
      const found = words.find((word) => word === node.value);
      if (found !== undefined) return found;
      const hint = node.type === 'string' ? didYouMean(String(node.value), words) : '';
      return refuse(node, place, wanted, hint);
    },
  };
}

/** A string; one that fits `pattern` if that is given, a regular expression without flags that is anchored by itself. */
export function text(wanted = 'a string', pattern?: string): Shape<string> {
  const fits = new RegExp(pattern ?? '', 'u');
  return {
    wanted,
    schema: { type: 'string', ...(pattern === undefined ? {} : { pattern }) },
    read(node, place) {
      if (node.type === 'string' && fits.test(String(node.value))) return String(node.value);
      return refuse(node, place, wanted);
    },
  };
}

/** A whole number between two, both included. */
export function whole(least: number, most: number): Shape<number> {
  const wanted = least === most ? String(least) : `a whole number from ${least} to ${most}`;
  return {
    wanted,
    schema: { type: 'integer', minimum: least, maximum: most },
    read(node, place) {
      const value: unknown = node.value;
      if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most)
        return value;
      return refuse(node, place, wanted);
    },
  };
}

/** True or false. */
export function flag(): Shape<boolean> {
  return {
    wanted: 'true or false',
    schema: { type: 'boolean' },
    read: (node, place) =>
      typeof node.value === 'boolean' ? node.value : refuse(node, place, 'true or false'),
  };
}

/** A list with at most so many entries. One that is wrong is left out, the others stay. */
export function list<T>(
  item: Shape<T>,
  most: number,
  /** What tells entries apart: of two with the same the second is left out. */
  identity?: (value: T) => string,
): Shape<readonly T[]> {
  return {
    wanted: 'a list',
    schema: { type: 'array', items: item.schema, maxItems: most },
    read(node, place) {
      if (node.type !== 'array') return refuse(node, place, 'a list');
      const entries = node.children ?? [];
      const values: T[] = [];
      const seen = new Set<string>();
      for (const [i, entry] of entries.entries()) {
        if (i === most) {
          place.tell(entry.offset, `${place.name} has more than ${most} entries. The rest is ignored`);
          break;
        }
        const value = item.read(entry, {
          ...place,
          name: 'this entry',
          cost: 'this entry is ignored',
        });
        if (value === undefined) continue;
        const id = identity?.(value);
        if (id !== undefined && seen.has(id)) {
          place.tell(entry.offset, `${quoted(id)} is in this list already. This entry is ignored`);
          continue;
        }
        if (id !== undefined) seen.add(id);
        values.push(value);
      }
      return values;
    },
  };
}

/** A list of exactly two. */
export function pair<T>(item: Shape<T>): Shape<readonly [T, T]> {
  const wanted = `a list of two, each ${item.wanted}`;
  return {
    wanted,
    schema: { type: 'array', items: item.schema, minItems: 2, maxItems: 2 },
    read(node, place) {
      const [a, b, more] = node.type === 'array' ? (node.children ?? []) : [];
      if (a === undefined || b === undefined || more !== undefined) return refuse(node, place, wanted);
      const values = [item.read(a, place), item.read(b, place)] as const;
      return values[0] === undefined || values[1] === undefined ? undefined : [values[0], values[1]];
    },
  };
}

/** A value for any of some names; the names are told apart from others, as keys of an object are. */
export function record<T>(
  names: Readonly<Record<string, string>>,
  value: Shape<T>,
  what: string,
): Shape<Readonly<Record<string, T>>> {
  const known = Object.keys(names);
  const properties = known.map((name) => [name, { ...value.schema, description: names[name] }]);
  return {
    wanted: 'an object',
    schema: {
      type: 'object',
      properties: Object.fromEntries(properties),
      additionalProperties: false,
    },
    read(node, place) {
      if (node.type !== 'object') return refuse(node, place, 'an object');
      const found: [string, T][] = [];
      eachProperty(node, place, (name, key, child) => {
        if (!known.includes(name)) {
          const near = didYouMean(name, known);
          place.tell(key.offset, `there is no ${what} ${quoted(name)}.${near} It is ignored`);
          return;
        }
        const read = value.read(child, {
          ...place,
          name: quoted(name),
          cost: `${quoted(name)} is ignored`,
        });
        if (read !== undefined) found.push([name, read]);
      });
      return Object.fromEntries(found);
    },
  };
}

/** A key of an object. */
export interface Field<T, Needed extends boolean = boolean> {
  readonly shape: Shape<T>;
  readonly needed: Needed;
  /** One sentence, shown by editors. */
  readonly about: string;
}

/** A key that must be there. */
export function needed<T>(about: string, shape: Shape<T>): Field<T, true> {
  return { shape, needed: true, about };
}

/** A key that may be left out. */
export function maybe<T>(about: string, shape: Shape<T>): Field<T, false> {
  return { shape, needed: false, about };
}

type Fields = Readonly<Record<string, Field<unknown>>>;
type Needed<F extends Fields> = { [K in keyof F]: F[K]['needed'] extends true ? K : never }[keyof F];

/** The value of an object with these fields. */
export type Fielded<F extends Fields> = { readonly [K in Needed<F>]: Read<F[K]['shape']> } & {
  readonly [K in Exclude<keyof F, Needed<F>>]?: Read<F[K]['shape']>;
};

/**
 * An object. Keys that it does not have are told and ignored. A wrong value costs the object, because half of an entry
 * would mean something else; or, where keys are `apart`, that key alone.
 */
export function object<F extends Fields>(fields: F, apart = false): Shape<Fielded<F>> {
  const names = Object.keys(fields);
  const required = names.filter((name) => fields[name]!.needed);
  return {
    wanted: 'an object',
    schema: {
      type: 'object',
      properties: Object.fromEntries(
        names.map((name) => [name, { ...fields[name]!.shape.schema, description: fields[name]!.about }]),
      ),
      ...(required.length === 0 ? {} : { required }),
      additionalProperties: false,
    },
    read(node, place) {
      if (node.type !== 'object') return refuse(node, place, 'an object');
      const found = new Map<string, unknown>();
      let whole = true;
      eachProperty(node, place, (name, key, child) => {
        if (!names.includes(name)) {
          place.tell(key.offset, `unknown key ${quoted(name)}.${didYouMean(name, names)} It is ignored`);
          return;
        }
        const value = fields[name]!.shape.read(child, {
          ...place,
          name: quoted(name),
          cost: apart ? `${quoted(name)} is ignored` : place.cost,
        });
        found.set(name, value);
        if (value === undefined) whole = false;
      });
      for (const name of required) {
        if (found.has(name)) continue;
        const { about, shape } = fields[name]!;
        place.tell(
          node.offset,
          `${quoted(name)} is missing (${shape.wanted}): ${about} ${sentence(place.cost)}`,
        );
        whole = false;
      }
      if (!whole && !apart) return undefined;
      return Object.fromEntries([...found].filter(([, value]) => value !== undefined)) as Fielded<F>;
    },
  };
}

/** One of several objects, told apart by a key that only one of them has. */
export function either<S extends Readonly<Record<string, Shape<unknown>>>>(
  shapes: S,
): Shape<Read<S[keyof S]>> {
  const keys = Object.keys(shapes);
  const wanted = `an object with ${listed(keys.map(quoted), 'or')}`;
  return {
    wanted,
    schema: { oneOf: Object.values(shapes).map((shape) => shape.schema) },
    read(node, place) {
      const present = (node.children ?? []).map((property) => property.children?.[0]?.value);
      const key = node.type === 'object' ? keys.find((name) => present.includes(name)) : undefined;
      if (key === undefined) return refuse(node, place, wanted);
      return shapes[key]!.read(node, place) as Read<S[keyof S]> | undefined;
    },
  };
}

/** Every key of an object once, with its value. */
export function eachProperty(
  node: Node,
  place: Place,
  visit: (name: string, key: Node, value: Node) => void,
): void {
  const seen = new Set<string>();
  for (const { children } of node.children ?? []) {
    const [key, value] = children ?? [];
    if (key === undefined || value === undefined) continue;
    const name = String(key.value);
    if (seen.has(name)) place.tell(key.offset, `${quoted(name)} is there twice. The first one holds`);
    else visit(name, key, value);
    seen.add(name);
  }
}
