#include "worker/picture/convert.h"

#include <libyuv/convert_from_argb.h>
#include <libyuv/planar_functions.h>

namespace worker {
namespace {

std::uint8_t* at(Picture& picture, int plane, const Rectangle& area) {
  const int shift = plane == 0 ? 0 : 1;
  return picture.plane(plane) + static_cast<std::ptrdiff_t>(picture.stride(plane)) * (area.y >> shift) +
         (area.x >> shift);
}

}  // namespace

Yuv yuv_of(int red, int green, int blue) {
  const std::uint8_t pixel[8] = {
      static_cast<std::uint8_t>(blue), static_cast<std::uint8_t>(green), static_cast<std::uint8_t>(red), 255,
      static_cast<std::uint8_t>(blue), static_cast<std::uint8_t>(green), static_cast<std::uint8_t>(red), 255};
  std::uint8_t y[2];
  Yuv colour;
  libyuv::ARGBToI420(pixel, 8, y, 2, &colour.u, 1, &colour.v, 1, 2, 1);
  colour.y = y[0];
  return colour;
}

void convert(const Bgra& source, const Rectangle& area, Picture& picture) {
  if (area.empty()) return;
  libyuv::ARGBToI420(source.row(area.y) + area.x * 4, source.stride, at(picture, 0, area), picture.stride(0),
                     at(picture, 1, area), picture.stride(1), at(picture, 2, area), picture.stride(2),
                     area.width, area.height);
}

void fill(Picture& picture, const Rectangle& area, Yuv colour) {
  if (area.empty()) return;
  libyuv::SetPlane(at(picture, 0, area), picture.stride(0), area.width, area.height, colour.y);
  libyuv::SetPlane(at(picture, 1, area), picture.stride(1), area.width / 2, area.height / 2, colour.u);
  libyuv::SetPlane(at(picture, 2, area), picture.stride(2), area.width / 2, area.height / 2, colour.v);
}

void paint_around(Picture& picture, const Rectangle& image) {
  paint_around(picture, image, {0, 0, picture.width(), picture.height()});
}

void paint_around(Picture& picture, const Rectangle& image, const Rectangle& area) {
  const int width = picture.width();
  const int height = picture.height();
  for (const Rectangle& bar : {Rectangle{0, 0, width, image.y},
                               {0, image.bottom(), width, height - image.bottom()},
                               {0, image.y, image.x, image.height},
                               {image.right(), image.y, width - image.right(), image.height}})
    fill(picture, intersect(bar, area), black);
}

void copy(const Picture& from, Picture& to) {
  for (int plane = 0; plane < 3; ++plane) {
    const int shift = plane == 0 ? 0 : 1;
    libyuv::CopyPlane(from.plane(plane), from.stride(plane), to.plane(plane), to.stride(plane),
                      from.width() >> shift, from.height() >> shift);
  }
}

}  // namespace worker
