/** The modules `tree-sitter` and `tree-sitter-c`; null where these optional dependencies are not installed or do not load. */
export async function nativePackages(): Promise<readonly [parser: unknown, language: unknown] | null> {
  const load = async (name: string) => ((await import(name)) as { default: unknown }).default;
  try {
    return [await load('tree-sitter'), await load('tree-sitter-c')];
  } catch {
    return null;
  }
}

/** For `skip` of tests that need them. */
export const noPackages = 'the native packages tree-sitter and tree-sitter-c do not load here';
