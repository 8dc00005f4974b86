"""Colour tables, each as 33 evenly spaced sRGB anchors, first to last.

Viridis is by S. van der Walt and N. Smith, cividis by Nunez, Anderton and Renslow (2018), the diverging pair
is CET-D1A and CET-D4 by P. Kovesi (2015); all are free to use. Between the anchors colours are interpolated. The middle
of CET-D1A, which is pink, is replaced: from a grey without colour, the colour of nothing, to its fifth anchor at either
side in even steps of Oklab.

The strengths run from the ground of a theme to orange in even steps of lightness in Oklab (B. Ottosson 2020), so that
type upon them can be read from end to end.
"""

from __future__ import annotations

VIRIDIS = (
    "440154 460c5f 481769 482273 472c7a 453681 423f85 3e4889 3b518b 375a8c 33628d "
    "2f6a8e 2c718e 29798e 26818e 23888e 21908c 1f978b 1f9f88 21a685 27ad80 31b57a "
    "3dbc73 4cc26b 5cc862 6ece57 81d34c 95d83f aadc31 c0df24 d5e219 eae51a fde725"
)

CIVIDIS = (
    "00204d 002559 002b68 00306f 05366e 1e3b6d 2c416c 37476b 404d6b 49526b 51586c "
    "595e6d 60646f 676970 6e6f73 757575 7c7b78 848179 8b8779 938e78 9b9477 a39a76 "
    "aca174 b4a871 bcaf6f c5b56b cebc67 d7c463 e0cb5d e9d357 f2da4f fbe247 ffea46"
)

BLUE_WHITE_RED = (
    "172972 1a3188 1d3aa0 1f43b9 284dce 3b58dd 5164e5 6570ec 777cf3 8789f9 9897fc "
    "a9a5fc b7b5fb c5c4fa d4d4f8 e3e3f5 f2f2f2 f6dfda f9ccc2 fbb9ab fca593 fb917b "
    "f87e68 f16c55 e85a45 de4836 d33527 c71e19 b8060f a4000b 8e0309 790606 660702"
)

BLUE_BLACK_RED = (
    "1981fa 217aeb 2873db 2c6ccc 2f65bd 315fae 31589f 325291 314b82 304575 2e3e67 "
    "2c385a 2a324d 272d40 242734 212228 221f21 29201f 342320 3f2723 4b2b25 572e27 "
    "63312a 70352c 7c382e 893b31 963e33 a34236 b04438 bd473a cb4a3d d84d3f e65042"
)

STRENGTHS_ON_WHITE = (
    "ffffff fdfbf6 fcf7ec faf3e3 f9efda f8ebd0 f7e6c7 f7e2be f6ddb5 f6d8ab f6d3a2 "
    "f6ce99 f6c98f f6c486 f7bf7d f7b974 f7b46a f6ae64 f6a95d f5a457 f49e51 f3994b "
    "f29344 f08e3e ef8838 ee8232 ed7d2c ec7726 ea7120 e96a1a e76413 e65e0c e45705"
)

STRENGTHS_ON_BLACK = (
    "191d24 281f19 2e231a 34271b 3b2a1c 412e1d 48321e 4f361f 563a1f 5c3e20 634220 "
    "6a4620 714a20 784e20 805220 87561f 8e5a1e 955f1f 9b6421 a26922 a86e24 af7225 "
    "b67727 bd7c28 c3812a ca862b d18c2d d8912e df962f e69b31 eca032 f3a633 faab35"
)
