import { InvalidArgumentError } from 'commander';
import { EchoError } from '../../errors';

/** Adapts a parser to commander: its errors become usage errors that name the option. */
export const usageParser =
  <T>(parse: (text: string) => T) =>
  (text: string): T => {
    try {
      return parse(text);
    } catch (error) {
      throw error instanceof EchoError ? new InvalidArgumentError(error.message) : error;
    }
  };
