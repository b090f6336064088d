// The framing of the protocol's messages on a stream: a head with the length in bytes, an empty line, the message.

/** A message with its head. */
export function framed(body) {
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]);
}

/** Calls `take` with the text of each message of a stream. */
export function unframed(stream, take) {
  let buffer = Buffer.alloc(0);
  stream.on('data', (part) => {
    buffer = Buffer.concat([buffer, part]);
    for (;;) {
      const head = buffer.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(buffer.toString('latin1', 0, head))[1]);
      const end = head + 4 + length;
      if (buffer.length < end) return;
      take(buffer.toString('utf8', head + 4, end));
      buffer = buffer.subarray(end);
    }
  });
}
