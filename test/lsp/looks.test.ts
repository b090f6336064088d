import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  CallHierarchyIncomingCall,
  CallHierarchyItem,
  CallHierarchyOutgoingCall,
  CodeLens,
  InlayHint,
  MarkupContent,
} from 'vscode-languageserver/node';
import type { CallersResult, TransitionsResult } from '../../server/src/protocol.ts';
import { type Client, type ClientOptions, withServer } from './client.ts';
import { relay, Tree, together, wrapper } from './tree.ts';

const limit = { timeout: 60_000 };
const uri = 'file:///nowhere/ring.c';

/** A wrapper, memory in a field beside the flag that says whether it may be freed, and a free that asks nobody. */
const source = `struct foo_ring {
	void *buf;
	bool decrypted;
};

static int foo_share(void *kbuffer, u32 size)
{
	return set_memory_decrypted((unsigned long)kbuffer, PFN_UP(size));
}

int foo_ring_init(struct foo_ring *ring, u32 size)
{
	ring->buf = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!ring->buf)
		return -ENOMEM;
	ring->decrypted = true;
	if (foo_share(ring->buf, size))
		return -EIO;
	return 0;
}

void foo_ring_free(struct foo_ring *ring)
{
	if (ring->decrypted)
		return;
	free_pages((unsigned long)ring->buf, 2);
}

void foo_ring_close(struct foo_ring *ring, u32 size)
{
	if (ring->decrypted) {
		if (set_memory_encrypted((unsigned long)ring->buf, PFN_UP(size)))
			return;
		ring->decrypted = false;
	}
	free_pages((unsigned long)ring->buf, 3);
}

struct page *foo_ring_expand(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);
	unsigned long addr;

	if (!page)
		return NULL;
	addr = (unsigned long)page_address(page);
	if (set_memory_decrypted(addr, 1 << order)) {
		__free_pages(page, order);
		return NULL;
	}
	return page;
}

static int foo_plain(int a)
{
	return a;
}
`;

const session = (options: ClientOptions, run: (client: Client) => Promise<void>) =>
  withServer(options, async (client) => {
    await client.open(uri, source);
    await client.diagnostics(uri, 1);
    await run(client);
  });

/** The position of `word` in the line that has `line`. */
function at(line: string, word: string): { line: number; character: number } {
  const lines = source.split('\n');
  const index = lines.findIndex((text) => text.includes(line));
  assert.ok(index >= 0, line);
  return { line: index, character: lines[index]!.indexOf(word) };
}

async function hover(client: Client, line: string, word: string): Promise<string | null> {
  const { line: row, character } = at(line, word);
  const answer = await client.hover(uri, row, character);
  return answer === null ? null : (answer.contents as MarkupContent).value;
}

const settings = (membrane: Record<string, unknown>): ClientOptions => ({ settings: () => membrane });

test('hover on a transition: three lines first, the steps; below, what comes to it here', limit, () =>
  session({}, async (client) => {
    const text = (await hover(client, 'if (set_memory_decrypted(addr', 'set_memory_decrypted'))!;
    const [short, details] = text.split('\n\n---\n\n');
    assert.match(
      short!,
      /^private -> shared, on TDX \(Linux 7\.3\)\. 0: shared\. Not 0: state unknown, so leak it\./,
    );
    assert.match(
      short!,
      /\n\nnumpages of 4 KiB; addr page aligned .*\. Sleeps\. No vmalloc: .*\. Contents lost\.\n\n1\. /,
    );
    assert.match(
      short!,
      /^5\. tells the host with MapGPA: shared \*fails: -EIO; PTEs all shared, host part shared\*$/m,
    );
    assert.match(short!, /^Stray load between 3 and 5: #VE, fixed up by the guest\./m);
    assert.match(details!, /^addr: private before the call\. alloc_pages\(\): private \(line 41\)/);
    assert.match(details!, /^Other platforms:$/m);
    assert.match(details!, /^- vmalloc: taken \(SEV-SNP, .*; -EINVAL \(CCA\)/m);
  }),
);

test('hover on a transition: the chosen platform, and up to three of them in full', limit, async () => {
  await session(settings({ platforms: ['cca'] }), async (client) => {
    const text = (await hover(client, 'if (set_memory_decrypted(addr', 'set_memory_decrypted'))!;
    assert.match(text, /^private -> shared, on CCA \(Linux /);
    assert.match(text, /sets the RIPAS to EMPTY/);
    assert.doesNotMatch(text, /MapGPA|Other platforms/);
  });
  await session(settings({ hover: { detail: 'full' } }), async (client) => {
    const text = (await hover(client, 'if (set_memory_decrypted(addr', 'set_memory_decrypted'))!;
    assert.equal(text.match(/^private -> shared, on /gm)?.length, 3);
    assert.match(text, /From include\/linux\/set_memory\.h$/);
  });
});

test(
  'hover on a call of a wrapper: what it does, as its rows have it; the steps of the transition below',
  limit,
  () =>
    session({}, async (client) => {
      const text = (await hover(client, 'if (foo_share(', 'foo_share'))!;
      const [short, details] = text.split('\n\n---\n\n');
      assert.equal(
        short,
        'foo_share() decrypts kbuffer (size bytes). 0: shared, else unknown. Sleeps. 1 caller.',
      );
      assert.match(details!, /^set_memory_decrypted\(\), on TDX \(Linux 7\.3\):\n\n1\. /);
    }),
);

test('hover on a free: reported, and why; silent, and why', limit, () =>
  session({}, async (client) => {
    const reported = (await hover(client, '__free_pages(page', '__free_pages'))!;
    assert.match(
      reported,
      /^Reported: unknown here\.\n\n- alloc_pages\(\): private \(line 41\); set_memory_decrypted\(\) != 0: state unknown \(line 47\)/,
    );
    const silent = (await hover(client, 'free_pages((unsigned long)ring->buf, 2)', 'free_pages'))!;
    assert.match(silent, /^Not reported: private here, because ring->decrypted is false: /);
    assert.match(silent, /foo_ring_init\(\) leave it .*shared.* only where that is true\./);
    const both = (await hover(client, 'free_pages((unsigned long)ring->buf, 3)', 'free_pages'))!;
    assert.match(both, /^Not reported: private here on both paths, because ring->decrypted is false/);
    assert.match(both, /^- ring->decrypted is true; set_memory_encrypted\(\) == 0: private \(line 32\)$/m);
  }),
);

test('hover on a return: what is left, and why that is no finding', limit, () =>
  session({}, async (client) => {
    const text = (await hover(client, 'return -EIO', 'return'))!;
    assert.match(text, /^Not reported: ring->buf is left unknown, and ring->buf still leads there\./);
    assert.match(text, /foo_share\(\): unknown \(line 17\)/);
    assert.equal(await hover(client, 'return a', 'return'), null);
  }),
);

test('hover on a variable and a field: its memory here, how it got there, its other names', limit, () =>
  session({}, async (client) => {
    const page = (await hover(client, '\treturn page;', 'page'))!;
    assert.match(page, /^page: shared here\./);
    assert.match(page, /set_memory_decrypted\(\) == 0: shared \(line 47\)/);
    assert.match(page, /From alloc_pages\(\), 1 << order pages\./);
    const field = (await hover(client, 'if (foo_share(', 'buf'))!;
    assert.match(field, /^ring->buf: private here\./);
    assert.equal(await hover(client, 'return a', 'a;'), null);
  }),
);

test('hover on a flag: which memory it tells of, what is known here, who sets and who asks it', limit, () =>
  session({}, async (client) => {
    const asked = (await hover(client, 'if (ring->decrypted) {', 'decrypted'))!;
    assert.deepEqual(asked.split('\n'), [
      'ring->decrypted: true where ring->buf may be shared. Not known here.',
      '',
      '- true: foo_ring_init() leaves ring->buf shared or unknown',
      '- true: foo_ring_close() leaves ring->buf unknown',
      '- foo_ring_free() and foo_ring_close() free it as it is only where this is false',
    ]);
    const set = (await hover(client, 'ring->decrypted = true', 'decrypted'))!;
    assert.match(set, /^ring->decrypted: true where .* shared\. True here\. ring->buf: private here\.$/m);
    const cleared = (await hover(client, 'ring->decrypted = false', 'decrypted'))!;
    assert.match(cleared, /False here\. ring->buf: private here\./);
    assert.match(cleared, /^- ring->decrypted is true; set_memory_encrypted\(\) == 0: private \(line 32\)$/m);
  }),
);

test(
  'a flag may say the opposite, or what an annotation says; one that nobody goes by says nothing',
  limit,
  () =>
    withServer({}, async (client) => {
      const ask = async (text: string, line: string, word: string, version: number) => {
        if (version === 1) await client.open(uri, text);
        else await client.change(uri, version, [{ text }]);
        await client.diagnostics(uri, version);
        const lines = text.split('\n');
        const row = lines.findIndex((one) => one.includes(line));
        const answer = await client.hover(uri, row, lines[row]!.indexOf(word) + 1);
        return answer === null ? null : (answer.contents as MarkupContent).value;
      };
      const opposite = source
        .replace('bool decrypted;', 'u32 is_private;\t/* coco: flag is_private means *buf: private */')
        .replace('ring->decrypted = true', 'ring->is_private = 0')
        .replace('ring->decrypted = false', 'ring->is_private = 1')
        .replaceAll('if (ring->decrypted)', 'if (!ring->is_private)');
      const told = (await ask(opposite, 'if (!ring->is_private) {', 'is_private', 1))!;
      assert.match(told, /^ring->is\\?_private: false where ring->buf may be shared\. Not known here\.\n/);
      assert.match(told, /^- false: foo\\?_ring\\?_init\(\) leaves ring->buf shared or unknown$/m);
      assert.match(told, /free it as it is only where this is true$/m);
      assert.match(told, /'coco:' says: flag is\\?_private means \\?\*buf: private\.$/m);
      // Without a test: whatever it is.
      const unasked = source.replace('\tif (ring->decrypted)\n\t\treturn;\n', '');
      const free = (await ask(unasked, 'if (ring->decrypted) {', 'decrypted', 2))!;
      assert.match(free, /^- foo\\?_ring\\?_free\(\) frees it as it is whatever this is$/m);
      // A number that is set beside the memory, and that nobody asks.
      const size = source
        .replace('bool decrypted;', 'bool decrypted;\n\tu32 order;')
        .replace('\tring->decrypted = true;', '\tring->decrypted = true;\n\tring->order = 2;');
      assert.equal(await ask(size, 'ring->order = 2', 'order', 3), null);
    }),
);

test('each kind of hover has its setting', limit, () =>
  session(settings({ hover: { calls: false, variables: false, frees: false } }), async (client) => {
    assert.equal(await hover(client, 'if (set_memory_decrypted(addr', 'set_memory_decrypted'), null);
    assert.equal(await hover(client, '\treturn page;', 'page'), null);
    assert.equal(await hover(client, 'free_pages((unsigned long)ring->buf, 2)', 'free_pages'), null);
    assert.equal(await hover(client, 'return -EIO', 'return'), null);
    assert.equal(await hover(client, 'if (foo_share(', 'foo_share'), null);
    assert.equal(await hover(client, 'ring->decrypted = true', 'decrypted'), null);
  }),
);

test('a hover while the text is ahead of its analysis says nothing that is no longer so', limit, () =>
  session({}, async (client) => {
    const text = await client.replace(uri, 2, source, '\tif (ring->decrypted)\n\t\treturn;\n', '');
    const line = text.split('\n').findIndex((one) => one.includes('ring->buf, 2'));
    const now = (await client.hover(uri, line, 4))?.contents as MarkupContent | undefined;
    assert.doesNotMatch(now?.value ?? '', /because ring->decrypted is false/);
    await client.diagnostics(uri, 2);
    const then = (await client.hover(uri, line, 4))!.contents as MarkupContent;
    assert.match(then.value, /^Reported: .*leave it /);
  }),
);

const lenses = (client: Client) =>
  client.connection.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });

test('lenses stand above functions that convert memory, and say what callers see', limit, () =>
  session({}, async (client) => {
    const found = (await lenses(client)).map(({ range, command }) => [range.start.line, command!.title]);
    assert.deepEqual(found, [
      [5, 'decrypts kbuffer (size bytes) | 0: shared, else unknown | sleeps'],
      [
        10,
        'allocates and decrypts ring->buf (size bytes) | 0: shared, else unknown and ring->decrypted set | sleeps',
      ],
      [28, 'encrypts and frees ring->buf (size bytes) | unknown or freed | sleeps'],
      [
        38,
        'allocates and decrypts the memory that it returns (1 << order pages) | a pointer: shared | sleeps',
      ],
    ]);
  }),
);

test('lenses by setting: callers, with the command of a client that has one; none', limit, async () => {
  const callers = { codeLens: { effects: false, callers: true } };
  await session(
    { ...settings(callers), initializationOptions: { showCallers: 'foo.show' } },
    async (client) => {
      const [first] = await lenses(client);
      assert.deepEqual(first!.command, {
        title: '1 caller',
        command: 'foo.show',
        arguments: [uri, { line: 5, character: 11 }],
      });
    },
  );
  await session(settings({ codeLens: { effects: false } }), async (client) =>
    assert.deepEqual(await lenses(client), []),
  );
});

const hints = (client: Client) =>
  client.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
    textDocument: { uri },
    range: { start: { line: 0, character: 0 }, end: { line: 30, character: 0 } },
  });

test(
  'hints behind calls that convert memory, if the setting says so, in the range that is asked for',
  limit,
  async () => {
    await session(settings({ inlayHints: { outcomes: true } }), async (client) => {
      const found = (await hints(client)).map(({ position, label }) => [position.line, label]);
      assert.deepEqual(found, [
        [7, '0: shared, else unknown'],
        [16, '0: shared, else unknown'],
      ]);
    });
    await session({}, async (client) => assert.deepEqual(await hints(client), []));
  },
);

test('membrane/transitions: the functions that convert memory, and their calls', limit, () =>
  session({}, async (client) => {
    const found = await client.connection.sendRequest<TransitionsResult>('membrane/transitions', { uri });
    assert.deepEqual(
      found!.functions.map(({ name, callers, range }) => [name, callers, range.start.line]),
      [
        ['foo_share', '1 caller', 5],
        ['foo_ring_init', 'no callers in view', 10],
        ['foo_ring_close', 'no callers in view', 28],
        ['foo_ring_expand', 'no callers in view', 38],
      ],
    );
    assert.deepEqual(
      found!.calls.map((call) => [call.function, call.callee, call.outcomes, call.range.start.line]),
      [
        ['foo_share', 'set_memory_decrypted', '0: shared, else unknown', 7],
        ['foo_ring_init', 'foo_share', '0: shared, else unknown', 16],
        ['foo_ring_close', 'set_memory_encrypted', '0: private, else unknown', 31],
        ['foo_ring_expand', 'set_memory_decrypted', '0: shared, else unknown', 46],
      ],
    );
    const nowhere = await client.connection.sendRequest('membrane/transitions', { uri: 'file:///no.c' });
    assert.equal(nowhere, null);
  }),
);

test('membrane/callers: calls of what is named there, if it converts memory', limit, () =>
  session({}, async (client) => {
    const ask = (position: { line: number; character: number }) =>
      client.connection.sendRequest<CallersResult>('membrane/callers', { uri, position });
    const share = await ask(at('static int foo_share', 'foo_share'));
    assert.equal(share!.name, 'foo_share');
    assert.deepEqual(
      share!.calls.map((call) => [call.function, call.text, call.uri]),
      [['foo_ring_init', 'foo_share(ring->buf, size)', uri]],
    );
    const transition = await ask(at('return set_memory_decrypted', 'set_memory_decrypted'));
    assert.deepEqual(
      transition!.calls.map((call) => call.function),
      ['foo_share', 'foo_ring_expand'],
    );
    assert.equal(await ask(at('static int foo_plain', 'foo_plain')), null);
  }),
);

test('call hierarchy: not offered, unless the client asks for it', limit, async () => {
  await session({}, async (client) => {
    assert.equal(client.initialized.capabilities.callHierarchyProvider, undefined);
  });
  await session({ initializationOptions: { callHierarchy: true } }, async (client) => {
    const { connection } = client;
    assert.equal(client.initialized.capabilities.callHierarchyProvider, true);
    const ask = { textDocument: { uri }, position: at('static int foo_share', 'foo_share') };
    const [item] = await connection.sendRequest<CallHierarchyItem[]>(
      'textDocument/prepareCallHierarchy',
      ask,
    );
    assert.equal(item!.detail, 'decrypts kbuffer (size bytes) | 0: shared, else unknown | sleeps');
    const incoming = await connection.sendRequest<CallHierarchyIncomingCall[]>(
      'callHierarchy/incomingCalls',
      { item },
    );
    assert.deepEqual(
      incoming.map(({ from }) => from.name),
      ['foo_ring_init'],
    );
    const outgoing = await connection.sendRequest<CallHierarchyOutgoingCall[]>(
      'callHierarchy/outgoingCalls',
      { item },
    );
    assert.deepEqual(
      outgoing.map(({ to }) => to.name),
      ['set_memory_decrypted'],
    );
  });
});

test(
  'what a contract says of a function out of view: a hover and a hint, and nothing of a platform',
  limit,
  async () => {
    const contract = 'flips p[n pages]: shared, unchanged on error';
    const text = `/* coco: ${contract}; context: sleeps */
int commented(void *p, int n);
int configured(void *p, int n);

int share_both(void *q, int n)
{
	if (configured(q, n))
		return -EIO;
	return commented(q, n);
}
`;
    const tree = new Tree({
      'a.c': text,
      '.membrane.json': JSON.stringify({ contracts: { configured: contract } }),
    });
    const settings = () => ({ inlayHints: { outcomes: true }, hover: { variables: false } });
    try {
      await withServer({ settings }, async (client) => {
        const uri = tree.uri('a.c');
        await client.open(uri, text);
        await together(client, uri, 0);
        const said = async (line: number, character: number) =>
          (await client.hover(uri, line, character))!.contents as { value: string };
        assert.match(
          (await said(6, 8)).value,
          /^configured\(\) flips p\\\[n pages\\\]: shared, unchanged on error\. By \.membrane\.json\. 1 caller\./,
        );
        const { value } = await said(8, 12);
        assert.match(
          value,
          /^commented\(\) flips .*: shared, unchanged on error\. Sleeps\. By annotation\. 1 caller\./,
        );
        assert.doesNotMatch(value, /TDX|unknown/);
        const hints = await client.connection.sendRequest<{ label: string }[]>('textDocument/inlayHint', {
          textDocument: { uri },
          range: { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } },
        });
        const left = 'shared, unchanged on error';
        assert.deepEqual(
          hints.map(({ label }) => label),
          [left, left],
        );
      });
    } finally {
      tree.end();
    }
  },
);

test(
  'a client is asked to ask again for lenses and hints once another file changes them',
  limit,
  async () => {
    const refreshSupport = true;
    const workspace = { codeLens: { refreshSupport }, inlayHint: { refreshSupport } };
    const one = relay('mid_share', 'ring_share');
    const tree = new Tree({ 'lib/share.c': wrapper, 'drivers/one.c': one });
    try {
      await withServer({ capabilities: { workspace } }, async (client) => {
        const asked: string[] = [];
        let heard = () => {};
        for (const what of ['codeLens', 'inlayHint'])
          client.connection.onRequest(`workspace/${what}/refresh`, () => {
            asked.push(what);
            heard();
            return null;
          });
        const [uri, share] = [tree.uri('drivers/one.c'), tree.uri('lib/share.c')];
        await client.open(uri, one);
        await client.open(share, wrapper);
        await together(client, uri, 1);
        const titles = async () =>
          (
            await client.connection.sendRequest<{ command: { title: string } }[]>('textDocument/codeLens', {
              textDocument: { uri },
            })
          ).map(({ command }) => command.title);
        assert.match((await titles()).join(), /^decrypts /);
        asked.length = 0;
        const both = new Promise<void>((resolve) => {
          heard = () => new Set(asked).size === 2 && resolve();
        });
        await client.replace(share, 2, wrapper, 'set_memory_decrypted', '0; (void)set_memory');
        await both;
        assert.deepEqual(await titles(), []);
      });
    } finally {
      tree.end();
    }
  },
);
