// The extension for editors without a Node host, for tests only: session and features are those that ship, the server is a
// process behind a bridge of HTTP (see web-editor.mjs) instead of one that the extension host starts.
import type { ExtensionContext } from 'vscode';
import type { DataCallback, Disposable, Message } from 'vscode-languageclient/browser';
import { AbstractMessageReader, AbstractMessageWriter, LanguageClient } from 'vscode-languageclient/browser';
import { activateFeatures } from '../../client/src/features.ts';
import { Session } from '../../client/src/session.ts';

/** Put in by the build: where the bridge listens. */
declare const BRIDGE: string;

/** One message a line, as the server says them. */
class BridgeReader extends AbstractMessageReader {
  listen(callback: DataCallback): Disposable {
    const abort = new AbortController();
    this.read(callback, abort.signal).catch((error: unknown) => {
      if (!abort.signal.aborted) this.fireError(error);
    });
    return { dispose: () => abort.abort() };
  }

  private async read(callback: DataCallback, signal: AbortSignal): Promise<void> {
    const response = await fetch(`${BRIDGE}/out`, { signal });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + value).split('\n');
      rest = lines.pop()!;
      for (const line of lines) callback(JSON.parse(line));
    }
    this.fireClose();
  }
}

/** One request a message, in their order. */
class BridgeWriter extends AbstractMessageWriter {
  private last: Promise<unknown> = Promise.resolve();

  write(message: Message): Promise<void> {
    const sent = this.last.then(() =>
      fetch(`${BRIDGE}/in`, { method: 'POST', body: JSON.stringify(message) }),
    );
    this.last = sent.catch(() => undefined);
    return sent.then(() => undefined);
  }

  end(): void {}
}

/** Like `extension.node.ts`, with the bridge for a process. */
export function activate(context: ExtensionContext): void {
  const session = new Session((options) => {
    const transports = async () => ({ reader: new BridgeReader(), writer: new BridgeWriter() });
    return new LanguageClient('membrane', 'Membrane', transports, options);
  });
  activateFeatures(session, context);
}
