import type { Connection } from 'vscode-languageserver';
import { present, shown } from '../../features/diagnostics.ts';
import type { Settings } from '../../features/settings.ts';
import type { LspDiagnostic } from '../../features/shapes.ts';
import { folderOf, isInside, joinPath, nameOf } from '../../project/paths.ts';
import { configName } from '../../project/root.ts';
import { isSameAllow, type UnusedAllows, unusedAllowsAt } from '../../service-config.ts';
import { configAt } from './annotations.ts';
import type { Client } from './client.ts';
import type { OpenDocument } from './documents.ts';
import type { HostFiles } from './host.ts';
import type { OpenConfigs } from './open-configs.ts';

/** What {@link UnusedEntries} work with. */
export interface UnusedEntriesSources {
  readonly files: HostFiles;
  readonly configs: OpenConfigs;
  readonly documents: ReadonlyMap<string, OpenDocument>;
  presentation(): Pick<Client, 'relatedInformation' | 'codeDescription' | 'rulePages'>;
}

/** A check of a tree that was begun. */
interface Asked {
  readonly root: string;
  /** What it says is shown whether the file is open or not. */
  readonly always: boolean;
  /** What the file says has changed since: nobody knows what the check would say of it now. */
  isOver: boolean;
}

interface Known extends UnusedAllows {
  readonly always: boolean;
  readonly settings: Pick<Settings, 'show'>;
}

/**
 * Entries of `allow` in the `.membrane.json` of trees that keep nothing silent. Only a check of the whole tree knows: what it says holds until the
 * file says something else, but for entries that an open document needs as it stands in the editor. Published to all clients: none is asked to
 * pull diagnostics of that file.
 */
export class UnusedEntries {
  private readonly known = new Map<string, Known>();
  private readonly asked = new Set<Asked>();
  /** What clients have, as text, by root. */
  private readonly told = new Map<string, string>();

  constructor(
    private readonly connection: Pick<Connection, 'console' | 'sendDiagnostics'>,
    private readonly sources: UnusedEntriesSources,
  ) {}

  /** A check is begun. Who asks for one wants to see what it says, also of files that are not open. */
  ask(root: string, always: boolean): Asked {
    const asked = { root, always: always || (this.known.get(root)?.always ?? false), isOver: false };
    this.asked.add(asked);
    return asked;
  }

  /** What it came to. */
  answer(asked: Asked, unused: UnusedAllows, settings: Pick<Settings, 'show'>): void {
    if (asked.isOver) return;
    const { root, always } = asked;
    const before = this.known.get(root)?.entries ?? [];
    const news = unused.entries.filter((entry) => !before.some((one) => isSameAllow(one, entry)));
    this.known.set(root, { ...unused, always, settings });
    const path = joinPath(root, configName);
    for (const { place, message } of unusedAllowsAt(this.textOf(root), { ...unused, entries: news }))
      this.connection.console.warn(`${path}:${place.start.line}:${place.start.column}: ${message}`);
    this.show(root);
  }

  /** It is over, whether it came to something or not. */
  end(asked: Asked): void {
    this.asked.delete(asked);
  }

  /** A tree is not checked any more, or in another way. */
  drop(root: string): void {
    for (const asked of this.asked) if (asked.root === root) asked.isOver = true;
    this.known.delete(root);
    this.show(root);
  }

  /** Files changed, or were opened or closed. `differs`: some of them say something else than before. */
  changed(uris: readonly string[], differs: boolean): void {
    for (const uri of uris) {
      const path = this.sources.files.pathOf(uri);
      if (path === null || nameOf(path) !== configName) continue;
      if (differs) this.drop(folderOf(path));
      else this.show(folderOf(path));
    }
  }

  /** There is something new of a document, or it was closed. */
  reviewed({ path }: OpenDocument): void {
    if (path !== null) for (const root of this.known.keys()) if (isInside(root, path)) this.show(root);
  }

  private show(root: string): void {
    const { files, configs } = this.sources;
    const path = joinPath(root, configName);
    const document = configs.at(path);
    const items = this.itemsOf(root, path, document !== null);
    const text = JSON.stringify([items, items.length === 0 ? 0 : document?.version]);
    if (text === (this.told.get(root) ?? '[[],0]')) return;
    this.told.set(root, text);
    const version = document === null ? {} : { version: document.version };
    const uri = document?.uri ?? files.uriOf(path);
    void this.connection.sendDiagnostics({ uri, diagnostics: [...items], ...version });
  }

  private itemsOf(root: string, path: string, isOpen: boolean): readonly LspDiagnostic[] {
    const known = this.known.get(root);
    if (known === undefined || !(known.always || isOpen)) return [];
    const needed = [...this.sources.documents.values()].flatMap((document) =>
      document.path !== null && isInside(root, document.path) ? document.usedAllows : [],
    );
    const entries = known.entries.filter((entry) => !needed.some((one) => isSameAllow(one, entry)));
    const uri = this.sources.files.uriOf(path);
    const presentation = { ...this.sources.presentation(), uri, file: configName, uriOf: () => null };
    return unusedAllowsAt(this.textOf(root), { ...known, entries })
      .filter((one) => shown(one, known.settings))
      .map((one) => present(one, presentation));
  }

  private textOf(root: string): string {
    return configAt(root, this.sources.files, this.sources.configs)?.text ?? '';
  }
}
