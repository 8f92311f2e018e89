// Pictures of other YCbCr matrices made ones of ours (picture.h: BT.601, limited range), in place: what is
// fast for libswscale keeps the matrix, and a matrix that is not told of is a tint. Pure.
#pragma once

#include "worker/picture/picture.h"
#include "worker/picture/rectangle.h"

namespace worker {

// The luma weights of red and blue.
struct LumaWeights {
  double red = 0.299;
  double blue = 0.114;
  friend bool operator==(const LumaWeights&, const LumaWeights&) = default;
};
inline constexpr LumaWeights bt601{0.299, 0.114};
inline constexpr LumaWeights bt709{0.2126, 0.0722};
inline constexpr LumaWeights bt2020{0.2627, 0.0593};

// Of a picture that says `space`; one that says nothing is guessed by its height, as players do.
LumaWeights luma_weights(AVColorSpace space, int height);

// `area` has even edges. Nothing happens for bt601.
void convert_to_bt601(Picture& picture, const Rectangle& area, const LumaWeights& from);

}  // namespace worker
