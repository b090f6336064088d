/**
 * Paths as the project knows them: `/` between names on every system, no trailing `/`. Hosts translate at
 * their edge. Pure text: nothing here asks a file system.
 */

/** `.` and `..` resolved as far as the text allows, doubled and trailing slashes removed. Empty becomes `.`. */
export function normalisePath(path: string): string {
  const rooted = path.startsWith('/');
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue;
    if (name === '..' && names.length > 0 && names.at(-1) !== '..') names.pop();
    else if (name !== '..' || !rooted) names.push(name);
  }
  const joined = names.join('/');
  if (rooted) return `/${joined}`;
  return joined === '' ? '.' : joined;
}

/** `name` under `folder`; `name` itself where it is absolute. */
export function joinPath(folder: string, name: string): string {
  if (isAbsolute(name)) return normalisePath(name);
  return normalisePath(`${folder}/${name}`);
}

/** Whether `path` starts at a root: `/…`, or `C:/…` as a host on Windows hands it over. */
export function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:\//.test(path);
}

/** The folder that `path` stands in; a root is its own folder. */
export function folderOf(path: string): string {
  const at = path.lastIndexOf('/');
  if (at < 0) return '.';
  if (at === 0) return '/';
  return path.slice(0, at);
}

/** The last name of `path`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `path` as seen from `root`, both absolute and normalised: `.` for the root itself, `../x` outside of it. */
export function relativePath(root: string, path: string): string {
  if (path === root) return '.';
  // What a walk finds: sixty thousand times for a kernel.
  if (path.startsWith(root) && path[root.length] === '/' && !root.endsWith('/'))
    return path.slice(root.length + 1);
  const from = names(root);
  const to = names(path);
  let same = 0;
  while (same < from.length && same < to.length && from[same] === to[same]) same++;
  if (same === 0 && !(root.startsWith('/') && path.startsWith('/'))) return path;
  return [...from.slice(same).map(() => '..'), ...to.slice(same)].join('/') || '.';
}

/** Whether `path` is `root` or lies below it; both absolute and normalised. */
export function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`);
}

/** The nearest folder that holds all of `paths` (one at least); absolute and normalised. */
export function commonFolder(paths: readonly string[]): string {
  let folder = paths[0]!;
  for (const path of paths) {
    while (!isInside(folder, path)) {
      const above = folderOf(folder);
      if (above === folder) return folder;
      folder = above;
    }
  }
  return folder;
}

function names(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}
