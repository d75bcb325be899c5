/** What a call throws. */
export const thrownBy = (call: () => unknown): unknown => {
  try {
    return void call();
  } catch (error) {
    return error;
  }
};
