import type { Connection } from 'vscode-languageserver';
import { DidChangeConfigurationNotification } from 'vscode-languageserver';
import { readSettings, type Settings } from '../../features/settings.ts';
import type { RuleName } from '../../features/settings-schema.ts';
import { foldersOfTree, type Places } from './places.ts';

const section = 'membrane';

/** The user's settings: asked of the client for each folder, or taken as it sends them where it cannot be asked. */
export class ClientSettings {
  private canAsk = false;
  private given: unknown;
  private folders: readonly string[] = [];
  private readonly known = new Map<string, Promise<Settings>>();
  private readonly told = new Set<string>();

  constructor(
    private readonly connection: Connection,
    private readonly rules: readonly RuleName[],
    private readonly places: Places,
  ) {}

  /** Before the first question. `given`: what holds where the client cannot be asked. */
  start(canAsk: boolean, given: unknown, folders: readonly string[]): void {
    this.canAsk = canAsk;
    this.given = given;
    this.folders = folders;
  }

  /** Asks to be told of changes; for clients that tell only who asks. */
  async listen(): Promise<void> {
    await this.connection.client.register(DidChangeConfigurationNotification.type, { section });
  }

  /** Takes a `didChangeConfiguration`: a client that cannot be asked sends the values in it. */
  changed(settings: unknown): void {
    if (!this.canAsk && typeof settings === 'object' && settings !== null && section in settings) {
      this.given = (settings as Record<string, unknown>)[section];
    }
    this.forget();
  }

  setFolders(folders: readonly string[]): void {
    this.folders = folders;
    this.forget();
  }

  forget(): void {
    this.known.clear();
  }

  /** The settings for a document: one question for each folder. Falls back to the defaults, never throws. */
  for(uri: string): Promise<Settings> {
    const folder = folderOf(uri, this.folders) ?? '';
    let settings = this.known.get(folder);
    if (settings === undefined) {
      settings = this.ask(folder === '' && uri !== '' ? uri : folder);
      this.known.set(folder, settings);
    }
    return settings;
  }

  /** The settings for what is in no file: those of the first folder, if there is one. */
  general(): Promise<Settings> {
    const [folder] = this.folders;
    return this.for(folder === undefined ? '' : `${folder.replace(/\/$/, '')}/.`);
  }

  /** The settings for a tree as a whole: those of the first folder that it has to do with. */
  forTree(root: string): Promise<Settings> {
    const [folder] = foldersOfTree(root, this.folders, this.places);
    return this.for(folder === undefined ? this.places.uriOf(root) : `${folder.replace(/\/$/, '')}/.`);
  }

  private async ask(scopeUri: string): Promise<Settings> {
    let value = this.given;
    if (this.canAsk) {
      try {
        const scope = scopeUri === '' ? {} : { scopeUri };
        value = await this.connection.workspace.getConfiguration({ ...scope, section });
      } catch (error) {
        this.connection.console.warn(
          `settings: the client did not answer (${String(error)}); using defaults`,
        );
      }
    }
    const { settings, problems } = readSettings(value, this.rules);
    for (const problem of problems) {
      if (this.told.has(problem)) continue;
      this.told.add(problem);
      this.connection.console.warn(problem);
    }
    return settings;
  }
}

/** The innermost of `folders` (URIs) that holds `uri`; null if none does. */
export function folderOf(uri: string, folders: readonly string[]): string | null {
  let best: string | null = null;
  for (const folder of folders) {
    const prefix = folder.endsWith('/') ? folder : `${folder}/`;
    if (uri.startsWith(prefix) && (best === null || folder.length > best.length)) best = folder;
  }
  return best;
}
