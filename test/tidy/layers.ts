import { posix } from 'node:path';

/** One line of the import table in docs/architecture.md. */
export interface Layer {
  readonly name: string;
  /** Folders, or files with at most one `*`; relative to the repository's root. */
  readonly where: readonly string[];
  readonly imports: readonly string[];
  readonly types: readonly string[];
  /** Names of packages; `node:*` stands for all of Node's. */
  readonly packages: readonly string[];
}

/** An import, export-from or dynamic import of a module. */
export interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

/** The layers of the markdown table whose heading is `| layer | where | ...`. */
export function readTable(markdown: string): Layer[] {
  const lines = markdown.split('\n');
  const head = lines.findIndex((line) => /^\| *layer *\| *where *\|/.test(line));
  if (head < 0) throw new Error('no import table');
  const layers: Layer[] = [];
  for (let i = head + 2; lines[i]?.startsWith('|'); i++) {
    const [name, where, imports, types, packages] = lines[i]!.slice(1, -1).split('|');
    layers.push({
      name: name!.trim(),
      where: words(where!),
      imports: words(imports!),
      types: words(types!),
      packages: words(packages!),
    });
  }
  return layers;
}

function words(cell: string): string[] {
  return cell
    .replaceAll('`', '')
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
}

/** The layer that a file belongs to. */
export function layerOf(file: string, layers: readonly Layer[]): Layer | undefined {
  return layers.find((layer) => layer.where.some((where) => isIn(file, where)));
}

function isIn(file: string, where: string): boolean {
  if (!where.endsWith('.ts')) return file.startsWith(`${where}/`);
  const [before, after] = where.split('*');
  if (after === undefined) return file === where;
  const between = file.slice(before!.length, file.length - after.length);
  return file.startsWith(before!) && file.endsWith(after) && !between.includes('/');
}

/** The imports of a TypeScript text. Comments are skipped; `import('x')` in a type position counts as types. */
export function readImports(text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '));
  const found: Import[] = [];
  const add = (index: number, specifier: string, typeOnly: boolean) =>
    found.push({ specifier, typeOnly, line: code.slice(0, index).split('\n').length });
  for (const match of code.matchAll(/^[ \t]*(?:import|export)\b([^'";]*?)\bfrom\s*['"]([^'"]+)['"]/gm)) {
    add(match.index, match[2]!, /^\s+type\b/.test(match[1]!));
  }
  for (const match of code.matchAll(/^[ \t]*import\s*['"]([^'"]+)['"]/gm)) add(match.index, match[1]!, false);
  for (const match of code.matchAll(/(:\s*|\btypeof\s+)?\bimport\s*\(\s*['"]([^'"]+)['"]\s*\)/g))
    add(match.index, match[2]!, match[1] !== undefined);
  for (const match of code.matchAll(/\brequire\s*\(\s*['"]([^'"]+)['"]\s*\)/g))
    add(match.index, match[1]!, false);
  return found;
}

/** What is wrong with the imports of one file, one sentence each; empty if nothing is. */
export function violations(file: string, text: string, layers: readonly Layer[]): string[] {
  const layer = layerOf(file, layers);
  if (!layer) return [`${file}: is in no layer of docs/architecture.md`];
  const wrong: string[] = [];
  for (const { specifier, typeOnly, line } of readImports(text)) {
    const at = `${file}:${line}: ${layer.name}`;
    if (specifier.startsWith('.')) {
      const target = posix.join(posix.dirname(file), specifier);
      const to = layerOf(target, layers);
      if (!to) wrong.push(`${at} may not import ${target}, which is in no layer`);
      else if (to.name === layer.name || layer.imports.includes(to.name)) continue;
      else if (!layer.types.includes(to.name)) wrong.push(`${at} may not import ${to.name} (${specifier})`);
      else if (!typeOnly) wrong.push(`${at} may import only types of ${to.name} (${specifier})`);
    } else if (!layer.packages.some((name) => isPackage(specifier, name))) {
      wrong.push(`${at} may not import the package ${specifier}`);
    }
  }
  return wrong;
}

function isPackage(specifier: string, name: string): boolean {
  if (name.endsWith('*')) return specifier.startsWith(name.slice(0, -1));
  return specifier === name || specifier.startsWith(`${name}/`);
}
