import type { ClientCapabilities, ServerCapabilities } from 'vscode-languageserver';
import type { CancellationToken } from '../../base/token.ts';
import { annotationHover } from '../../features/annotations.ts';
import { rangeOf as placeRange } from '../../features/diagnostics.ts';
import { type HoveredWrapper, type HoverQuestion, hover } from '../../features/hover.ts';
import type { Settings } from '../../features/settings.ts';
import type { LspHover, LspPosition, LspRange } from '../../features/shapes.ts';
import { compare } from '../../features/shapes.ts';
import { commandsOf } from './actions.ts';
import type { OpenDocument } from './documents.ts';
import type { Engines } from './engine.ts';
import type { Reviewer } from './review.ts';
import type { Unit, Units } from './units.ts';

/** What hovers need of the server around them. */
export interface HoverSources {
  readonly engines: Engines;
  readonly units: Units;
  readonly reviewer: () => Reviewer;
}

/** Milliseconds that a hover waits for the first analysis of a document; without one it says what needs none. */
const firstWait = 400;

/** Milliseconds that a function is run for one hover: a larger one is not told about path by path. */
const longestRun = 250;

/** Answers hovers: what needs no analysis at once, what is known of paths where the analysis of the text stands. */
export class Hovers {
  private markdown = true;
  private commands: readonly string[] = [];

  constructor(private readonly sources: HoverSources) {}

  /** The capability that the server tells of. `commands`: those that the client says it has. */
  start({ textDocument }: ClientCapabilities, commands: unknown): Pick<ServerCapabilities, 'hoverProvider'> {
    this.markdown = textDocument?.hover?.contentFormat?.includes('markdown') !== false;
    this.commands = commandsOf(commands);
    return { hoverProvider: true };
  }

  /** Null: nothing is known there, by the settings nothing is to be said, or `cancelled` said so. */
  async hover(
    document: OpenDocument,
    position: LspPosition,
    settings: Settings,
    cancelled: () => boolean,
  ): Promise<LspHover | null> {
    const { engines, units } = this.sources;
    const { markdown, commands } = this;
    const page = (id: string) => engines.pages.page(id);
    const annotation = annotationHover({ text: document.text, position, markdown, page });
    if (annotation !== null) return annotation;
    await engines.ready();
    if (document.outcome === null) await this.firstReview(document, cancelled);
    if (cancelled() || document.closed) return null;
    const unit = await units.of(document);
    const { engine, file } = unit.bound;
    return hover({
      uri: document.uri,
      lineText: document.lineText(position.line),
      position,
      diagnostics: document.shown?.diagnostics ?? [],
      settings,
      markdown,
      commands,
      call: (name, most) => engine.call({ name, file, platforms: settings.platforms, most }),
      wrapper: (name) => this.wrapper(unit, name),
      here: cancelled() ? null : this.here(unit, position),
      pages: engines.pages,
    });
  }

  /** Gives the analysis of a document that was just opened a moment. */
  private async firstReview(document: OpenDocument, cancelled: () => boolean): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, firstWait);
    });
    const givenUp = () => document.closed || cancelled();
    const reviewed = this.sources.reviewer().review(document, givenUp);
    await Promise.race([reviewed.then(() => undefined), late]).finally(() => clearTimeout(timer));
  }

  private wrapper(unit: Unit, name: string): HoveredWrapper | null {
    for (const one of this.standing(unit)) {
      const found = one.bound.engine.looks.transitions(one.texts);
      if (found === null) continue;
      return [...found.functions, ...found.believed].find((fn) => fn.name === name) ?? null;
    }
    return null;
  }

  private here(unit: Unit, position: LspPosition): HoverQuestion['here'] {
    const { document, bound, settings } = unit;
    const wanted = {
      call: settings.hoverCalls,
      free: settings.hoverFrees,
      return: settings.hoverFrees,
      value: settings.hoverVariables,
    };
    const until = performance.now() + longestRun;
    const token: CancellationToken = {
      get cancelled() {
        return performance.now() > until;
      },
    };
    const rangeOf = (stretch: { start: number; end: number }): LspRange => ({
      start: document.positionAt(stretch.start),
      end: document.positionAt(stretch.end),
    });
    const { engine, file } = bound;
    const judgedIn = (texts: Unit['texts']) => (stretch: { start: number; end: number }) => {
      const range = rangeOf(stretch);
      const isHere = (one: LspRange) =>
        compare(one.start, range.end) < 0 && compare(range.start, one.end) < 0;
      const isReported = (document.shown?.diagnostics ?? []).some((one) => isHere(one.range));
      const silencing = { options: this.sources.reviewer().options(unit), least: settings.show };
      const silent = () =>
        engine.silentAt(
          file,
          texts,
          silencing,
          ({ place }) => place.file === file && isHere(placeRange(place)),
        );
      return { isReported, silent };
    };
    const offset = document.offsetAt(position);
    for (const { texts } of this.standing(unit)) {
      try {
        const here = engine.looks.lookAt(file, texts, offset, judgedIn(texts), token);
        if (here !== null) return wanted[here.what] ? { ...here, range: rangeOf(here) } : null;
      } catch {
        // Too many paths, or a fault in a function that is run for this alone: the rest of the hover needs neither.
        return null;
      }
    }
    return null;
  }

  /** The document with the files that it belongs with, and by itself: which of the two was analysed last is seen when it is asked. */
  private standing(unit: Unit): readonly Unit[] {
    return unit.texts.length > 1 ? [unit, this.sources.units.alone(unit)] : [unit];
  }
}
