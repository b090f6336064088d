import type { Builder } from './builder.ts';
import { hasEffect, lowerEffect, lowerInitializer, lowerStored } from './expressions.ts';
import { Kind } from './kinds.ts';
import { baseType, readDeclarator, typeOf } from './typeref.ts';

const CLEANUP = /(?:__free|__cleanup|\bcleanup)(?:__)?\s*\(\s*(\w+)\s*\)/;

/** Lowers the declaration of local variables: initialisers are assignments, the rest comes into scope undefined. */
export function lowerDeclaration(b: Builder, node: number): void {
  const { code } = b;
  const { f } = code;
  let isStatic = false;
  const declarators: number[] = [];
  const { next, field } = code.tree;
  for (let j = node + 1; j < next[node]!; j = next[j]!) {
    if (field[j] === f.declarator) declarators.push(j);
    else if (code.kind(j) === Kind.storageClass) {
      const word = code.parsed(j);
      if (word === 'static') isStatic = true;
      else if (word === 'extern') return;
    }
  }
  if (declarators.length === 0) return;
  const typeNode = code.child(node, f.type);
  // `a * b;` with a variable `a` is no declaration.
  if (code.kind(typeNode) === Kind.typeIdentifier && b.lookup(code.parsed(typeNode)) !== undefined) return;
  const base = baseType(code, node);
  for (let i = 0; i < declarators.length; i++) {
    const item = declarators[i]!;
    const isInit = code.kind(item) === Kind.initDeclarator;
    const declarator = readDeclarator(code, isInit ? code.child(item, f.declarator) : item);
    if (declarator.isFunction || declarator.name < 0 || code.isMissing(declarator.name)) continue;
    const name = code.parsed(declarator.name);
    const type = typeOf(code, base, declarator);
    const span = code.span(declarator.name);
    const until = i + 1 < declarators.length ? code.start(declarators[i + 1]!) : code.end(node);
    const cleanup = isStatic ? null : cleanupOf(b, i === 0 ? code.start(node) : code.start(item), until);
    for (const size of declarator.sizes) if (hasEffect(b, size)) lowerEffect(b, size);
    const storage = isStatic ? 'static' : 'local';
    const index = b.declare({ name, type, span, storage, cleanup });
    const value = isInit ? code.child(item, f.value) : -1;
    if (!isStatic) {
      if (value < 0) {
        b.declaredEmpty.add(index);
        b.emit({ k: 'declare', variable: index, span });
      } else {
        const at = code.span(item);
        const init =
          code.kind(value) === Kind.initializerList
            ? lowerInitializer(b, value, type, code.span(value))
            : lowerStored(b, value);
        const target = { k: 'local', index, name, span } as const;
        b.emit({ k: 'assign', target, value: init, compound: null, init: true, span: at });
      }
    }
    if (cleanup !== null) b.deferToScopeEnd({ k: 'cleanup', variable: index, cleanup, span });
  }
}

/** The function of a `__free(f)` or `__cleanup(f)` between two offsets: normalisation blanked it, the author's text has it. */
function cleanupOf(b: Builder, start: number, end: number): string | null {
  for (const attribute of b.slice?.attributes ?? []) {
    if (attribute.span.start < start || attribute.span.start >= end) continue;
    const m = CLEANUP.exec(attribute.text);
    if (m) return m[1]!;
  }
  return null;
}
