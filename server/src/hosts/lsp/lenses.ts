import type {
  CallHierarchyIncomingCall,
  CallHierarchyItem,
  CallHierarchyOutgoingCall,
} from 'vscode-languageserver';
import { SymbolKind } from 'vscode-languageserver';
import { LineIndex } from '../../base/lines.ts';
import { wordAt } from '../../features/hover.ts';
import { hints, type LspCodeLens, type LspInlayHint, lenses } from '../../features/lenses.ts';
import type { LspPosition, LspRange } from '../../features/shapes.ts';
import type {
  CallersResult,
  ConvertingCallInfo,
  PlaceInDocument,
  TransitionsResult,
} from '../../protocol.ts';
import type { ConvertingCall, Stretch } from '../../service-look.ts';
import { analysed } from './analysed.ts';
import type { OpenDocument } from './documents.ts';
import type { Reviewer } from './review.ts';
import type { Unit, Units } from './units.ts';

/** What lenses, hints and lists of transitions need of the server around them. */
export interface LensSources {
  readonly units: Units;
  readonly reviewer: () => Reviewer;
  /** The client's command that shows callers; null: it has none. */
  readonly showCallers: () => string | null;
}

/** What a text's analysis says of the functions in it that convert memory. All wait for that analysis. */
export class Lenses {
  constructor(private readonly sources: LensSources) {}

  /** @throws ResponseError if the text changed meanwhile */
  async lenses(document: OpenDocument, cancelled: () => boolean): Promise<LspCodeLens[]> {
    const unit = await analysed(this.sources, document, cancelled);
    const functions = unit?.bound.engine.looks.convertingFunctions(unit.bound.file, unit.texts);
    if (unit === null || !functions) return [];
    const command = this.sources.showCallers();
    const showCallers = command === null ? null : { command, uri: document.uri };
    return lenses(functions, unit.settings, showCallers, (offset) => document.positionAt(offset));
  }

  /** @throws ResponseError if the text changed meanwhile */
  async hints(document: OpenDocument, range: LspRange, cancelled: () => boolean): Promise<LspInlayHint[]> {
    const unit = await analysed(this.sources, document, cancelled);
    if (unit === null || !unit.settings.inlayOutcomes) return [];
    const found = unit.bound.engine.looks.transitions(unit.texts);
    if (found === null) return [];
    const within = { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
    return hints(found.calls, unit.bound.file, within, (offset) => document.positionAt(offset));
  }

  /** @throws ResponseError if the text changed meanwhile */
  async transitions(document: OpenDocument, cancelled: () => boolean): Promise<TransitionsResult> {
    const unit = await analysed(this.sources, document, cancelled);
    const found = unit?.bound.engine.looks.transitions(unit.texts);
    if (unit === null || !found) return null;
    const places = new Places(unit);
    return {
      functions: found.functions.map((fn) => {
        const { name, does, callers } = fn;
        return { name, does, callers, ...places.of(fn) };
      }),
      calls: found.calls.map((call) => places.call(call)),
    };
  }

  /** @throws ResponseError if the text changed meanwhile */
  async callers(
    document: OpenDocument,
    position: LspPosition,
    cancelled: () => boolean,
  ): Promise<CallersResult> {
    const name = wordAt(document.lineText(position.line), position)?.text;
    const unit = await analysed(this.sources, document, cancelled);
    if (unit === null || name === undefined || !this.converts(unit, name)) return null;
    const calls = unit.bound.engine.looks.callersOf(name, unit.texts) ?? [];
    const places = new Places(unit);
    return { name, calls: calls.map((call) => places.call(call)) };
  }

  /** The function that is named at a position, if it converts memory. @throws ResponseError if the text changed meanwhile */
  async item(
    document: OpenDocument,
    position: LspPosition,
    cancelled: () => boolean,
  ): Promise<CallHierarchyItem[] | null> {
    const word = wordAt(document.lineText(position.line), position);
    const unit = await analysed(this.sources, document, cancelled);
    if (unit === null || word === null || !this.converts(unit, word.text)) return null;
    const found = unit.bound.engine.looks.transitions(unit.texts);
    const fn = found?.functions.find(({ name }) => name === word.text);
    const place = fn ? new Places(unit).of(fn) : { uri: document.uri, range: word.range };
    return [itemOf(word.text, place, document.uri, fn?.does)];
  }

  /** @throws ResponseError if the text changed meanwhile */
  async incoming(
    document: OpenDocument,
    name: string,
    cancelled: () => boolean,
  ): Promise<CallHierarchyIncomingCall[]> {
    const unit = await analysed(this.sources, document, cancelled);
    const calls = unit?.bound.engine.looks.callersOf(name, unit.texts) ?? [];
    const found = new Map<string, CallHierarchyIncomingCall>();
    if (unit === null) return [];
    const places = new Places(unit);
    for (const call of calls) {
      const place = places.of(call);
      const key = `${call.file} ${call.function}`;
      const known = found.get(key);
      if (known) known.fromRanges.push(place.range);
      else
        found.set(key, {
          from: itemOf(call.function, place, document.uri),
          fromRanges: [place.range],
        });
    }
    return [...found.values()];
  }

  /** @throws ResponseError if the text changed meanwhile */
  async outgoing(
    document: OpenDocument,
    name: string,
    cancelled: () => boolean,
  ): Promise<CallHierarchyOutgoingCall[]> {
    const unit = await analysed(this.sources, document, cancelled);
    const found = unit?.bound.engine.looks.transitions(unit.texts);
    if (unit === null || !found) return [];
    const places = new Places(unit);
    return found.calls
      .filter((call) => call.function === name)
      .map((call) => {
        const { range, uri } = places.of(call);
        const fn = found.functions.find((one) => one.name === call.callee);
        const place = fn ? places.of(fn) : { uri, range };
        return { to: itemOf(call.callee, place, document.uri, fn?.does), fromRanges: [range] };
      });
  }

  private converts(unit: Unit, name: string): boolean {
    const { engine, file } = unit.bound;
    if (engine.call({ name, file, platforms: [], most: 1 }) !== null) return true;
    const found = engine.looks.transitions(unit.texts);
    if (found === null) return false;
    return [...found.functions, ...found.believed].some((fn) => fn.name === name);
  }
}

/** Turns stretches of the files of a unit into places of documents. */
export class Places {
  private readonly lines = new Map<string, LineIndex>();

  constructor(private readonly unit: Unit) {}

  of({ file, start, end }: Stretch): PlaceInDocument {
    const { document, bound, texts } = this.unit;
    const uri = file === bound.file ? document.uri : (bound.uriOf(file) ?? file);
    let index = this.lines.get(file);
    if (index === undefined) {
      index = new LineIndex(texts.find((one) => one.file === file)?.text ?? '');
      this.lines.set(file, index);
    }
    const at = (offset: number) => {
      const { line, column } = index.positionAt(offset);
      return { line: line - 1, character: column - 1 };
    };
    return { uri, range: { start: at(start), end: at(end) } };
  }

  call(call: ConvertingCall): ConvertingCallInfo {
    const { function: name, callee, text, outcomes } = call;
    return { function: name, callee, text, outcomes, ...this.of(call) };
  }
}

function itemOf(name: string, place: PlaceInDocument, asked: string, detail?: string): CallHierarchyItem {
  return {
    name,
    kind: SymbolKind.Function,
    ...(detail === undefined ? {} : { detail }),
    uri: place.uri,
    range: place.range,
    selectionRange: place.range,
    data: { asked },
  };
}
