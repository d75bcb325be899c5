/**
 * Returns an IPv4 address as a number, so that checking a source takes a few comparisons: 192.0.2.1 is `0xc0000201`, as
 * is `::ffff:192.0.2.1`. Returns -1 for any other IPv6 address.
 *
 * @param address As Node reports a peer; it is not validated, because every datagram passes here.
 */
export const ipv4Number = (address: string): number => {
  let number = 0;
  let octet = 0;
  for (let at = address.startsWith('::ffff:') ? 7 : 0; at < address.length; at += 1) {
    const code = address.charCodeAt(at);
    if (code === DOT) {
      number = number * 256 + octet;
      octet = 0;
    } else if (code < ZERO || code > NINE) return -1;
    else octet = octet * 10 + code - ZERO;
  }
  return number * 256 + octet;
};

const [DOT, ZERO, NINE] = [46, 48, 57];
