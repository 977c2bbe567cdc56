"""Samples of plans, images and dose reports: DICOM files, or files of which Fyr makes some."""

from __future__ import annotations

from typing import Final

from fyr.exchange.samples.sample import Archive, Sample, Taken

__all__ = ["BREAST_PLAN", "DOSE_REPORTS", "LUNG_CT"]

_DICOMPYLER: Final = Archive(
    package="dicompyler-core",
    version="0.5.6",
    file="dicompyler-core-0.5.6.tar.gz",
    sha256="0e3c05920a8fa3f1c0ff05a5c21dab3ff3f735e00012b69b38926b219d07faee",
    size=2_657_213,
)
_PYRADIOMICS: Final = Archive(
    package="pyradiomics",
    version="3.0.1",
    file="pyradiomics-3.0.1.tar.gz",
    sha256="47c57f441d6cb7973fa3b2ea48d3948df78e3348e1c69e1e2ff19001601fc2f5",
    size=34_473_030,
)
_OPENREM: Final = Archive(
    package="OpenREM",
    version="0.10.0",
    file="OpenREM-0.10.0.tar.gz",
    sha256="2fb6be2a42b0355e5d57cb5f4a7750806e202aa2e8f41b4f7bf26439dd862dbb",
    size=1_104_138,
)

_EXAMPLE: Final = "tests/testdata/example_data"
_REPORTS: Final = "openrem/remapp/tests/test_files"

BREAST_PLAN: Final = Sample(
    name="breast-plan",
    title="A boost to a breast: structures, plan, dose, one CT slice",
    archive=_DICOMPYLER,
    taken=(
        Taken(f"{_EXAMPLE}/ct.0.dcm", "ct.0.dcm", "6eb080ed6a1f4c850706418582a0b40e6d10dc831c7f3e3fc7d7b0bdd404e542"),
        Taken(
            f"{_EXAMPLE}/rtdose.dcm", "rtdose.dcm", "a78d4d7723e280b1baf8153a43583fda384a681428eca306b53ada37ef7d3123"
        ),
        Taken(
            f"{_EXAMPLE}/rtplan.dcm", "rtplan.dcm", "d518fc976a225cbf05f8747d0067b52e7b1faa147da8e53b2b0bce01eaa21977"
        ),
        Taken(f"{_EXAMPLE}/rtss.dcm", "rtss.dcm", "8fe3e3a20d1acf911f5c284dc40288d46f97acd43e4a63753cd6e3e1dac398cb"),
        Taken("LICENSE", "LICENSE.txt", "3e29a5e763634c20e67fe980bcf7770b6a4c97c1dab2cf94bd30b4ef66f9b02e"),
    ),
    description=(
        "A real plan, stripped of the patient's identity by its publishers: ten structures drawn on 98 slices, four "
        "beams of intensity-modulated photons, 14 Gy in 7 fractions, and the dose of the whole plan on a grid of "
        "2.5 by 2.5 by 3 mm. Of the CT there is one slice alone, so it can be measured but hardly looked at in three "
        "planes."
    ),
    source="dicompyler-core, tests/testdata/example_data",
    licence="BSD 3-clause, as the package; the text lies beside the files",
    citation="Panchal A and the dicompyler-core contributors. dicompyler-core 0.5.6.",
)

LUNG_CT: Final = Sample(
    name="lung-ct",
    title="CT of the chest, with a tumour drawn in a lung",
    archive=_PYRADIOMICS,
    taken=(
        Taken(
            "data/lung2_image.nrrd",
            "image.nrrd",
            "aa2b94eec79127ed786798ac8dc3c013010e1692d5787bebfae1a1e9685a4651",
        ),
        Taken(
            "data/lung2_label.nrrd",
            "label.nrrd",
            "cef52738dc51aab69a48fe30639da956d2b911b1c2920439c091fab84727657a",
        ),
        Taken("LICENSE.txt", "LICENSE.txt", "5c1fc504fb0865a72a29e035b25ef3513e6d7e9c7169cb445eae855f03b006e2"),
    ),
    description=(
        "61 slices, 5 mm apart, and a mask of 24,644 voxels (48.4 ml). It was published as NRRD, which no viewer of a "
        "hospital reads: the DICOM CT and the structure set beside it were converted by Fyr, whose outlines run along "
        "the edges of the mask's voxels. Who the patient is, the scanner and the date are not known, and neither is "
        "who drew the tumour."
    ),
    source="pyradiomics, data/lung2_image.nrrd and lung2_label.nrrd",
    licence="BSD 3-clause, as the package; the text lies beside the files",
    citation="van Griethuysen JJM, Fedorov A, Parmar C, et al. Cancer Res 2017;77:e104-e107.",
    conversion="ct-of-nrrd",
)

_REPORTS_TAKEN: Final = {
    "CT-ESR-GE_Optima.dcm": "fc3df3bfc2e5ed17ba0af41c11778d40f419ed958c717c33a1d1739fd90dc7b7",
    "CT-ESR-GE_VCT.dcm": "15aab715b5984f1392c3efb024ebec839dfb9e9f49ac767b13bbdf772653ac5d",
    "CT-RDSR-GEPixelMed.dcm": "8fd887310b00c2757c404a2d2c20e867e1ba8262bc2505925843e7ee5407d346",
    "CT-RDSR-Philips_BigBore4DCT.dcm": "03d50393bfda6d44e9f2d0338ab3377d0ca6193f8bc75d89f9525a141fab1385",
    "CT-RDSR-Siemens-Continued-1.dcm": "df31da44b6d711043e7446e88c62c55508209144279b8f148de613c90603552e",
    "CT-RDSR-Siemens-Continued-2.dcm": "1d63640251ee5e659e6efcd022e24bfd594e565e361dea62cbd97da8349effb5",
    "CT-RDSR-Siemens-Multi-1.dcm": "48fb392cc24902fbec1d0d9b71dfe5868fc8f743b49343a7450c369c49c9baa0",
    "CT-RDSR-Siemens-Multi-2.dcm": "723205f858f5defb814730622f528214a4559ea427da12a55d85ed7e7528843e",
    "CT-RDSR-Siemens-Multi-3.dcm": "a6d6da295ee2abae07bec2ced1a597af012566e8b8a6ee4710f832def84d7659",
    "CT-RDSR-Siemens_Flash-QA-DS.dcm": "53070bc3ba1b07e70690f4a58dc83a832ac23336fd216adb877e63d62db069c4",
    "CT-RDSR-Siemens_Flash-TAP-SS.dcm": "e249dc3e5fbdc3c3cf670efb77fc8c051399f77eaf8b5420747811cf513b5e5f",
    "CT-RDSR-ToshibaPixelMed.dcm": "45c59a0987a4ec05971510fc3485aa8e5356dde5083c4da56691d2a943b27996",
    "CT-RDSR-Toshiba_DoseCheck.dcm": "3cee63dcd58dea1be6824e9c4b7b3d049ce4be1441411b9557ebb5c4eb3a96f4",
    "CT-RDSR-Toshiba_MultiValSD.dcm": "ded82a4a3813663c02cc8d848cb5b7395feadf5dbd6153fee6bc0d4ab33b9815",
    "DX-RDSR-Canon_CXDI.dcm": "53715204237c215d6fad9e836da6fe1288ee2fea23eb6af8160c26d5e88edb8a",
    "DX-RDSR-Carestream_DRXEvolution.dcm": "2ebb1bf61428ea3479640143c570a550d77d63a83f4425aa4244408ae0f0b191",
    "Dual-RDSR-DX.dcm": "efbf5af3b76fa0493f8f6793ef816ccf0f33af2b173fb3b8576fe0b8faff6a2f",
    "Dual-RDSR-RF.dcm": "c3a53a9ef83cdcfc972ed5e691980ed761e71eaf982c5b207c307d8129c706ec",
    "ESR_non-dose.dcm": "49fe38876ea6f386278b15aff77b25c4d2b8e5e29e1e3b570e96bb3041d5d637",
    "MG-RDSR-Hologic_2D.dcm": "0ace573da026d203505eb21654ac6363c020088f7615739a9ddff26a287414cf",
    "MG-RDSR-Hologic_mix.dcm": "303045eba60f636709cb35157c88d4d98169f10a38c1454e55b6f516d58fe681",
    "RF-No-kVp-and-others.dcm": "4bed544c6b8ea30ebb0c23adbcc9a1f885f109ba73a9c0965e8601df3d1f69a8",
    "RF-Pat-Orientation-Modifier-Missing.dcm": "8d5711dd5ac801ca87317482bc30d5efd8465b6c4d119ab2e08fc0a50d97efc7",
    "RF-RDSR-Eurocolumbus.dcm": "f20fa09d596ed50f94fc15d20e14b87a52f8e2d024a3726e2840c80d5244b54b",
    "RF-RDSR-GE-OECEliteMiniView.dcm": "b837dc25adf501de38c3ce2a3dee82bb4a94ab97d18883f8b23641643e45c500",
    "RF-RDSR-GE.dcm": "f05af34685b53511b80e20908cc75dd38f040f8af1b677bd3ebbf079848f51f6",
    "RF-RDSR-Philips_Allura.dcm": "3adfe60ac1f7974b4cbbffe9b97e67b3b6d8012b8aa6e31437de32a355f58d47",
    "RF-RDSR-Philips_Azurion.dcm": "37b3be2ba60e67590b0e3798c40039934830c85e3aca6e7aed4bc47a8e4967f0",
    "RF-RDSR-Siemens-Zee.dcm": "5ebbcbb7645b2477d8fda3dd33f57572037ff4b6ea018cd1a6b127032d442cbe",
    "RF-RDSR-Siemens-Zee_adjusted.dcm": "79b60dfb348cd6b95af138d8802d496cda7568ef7189a11912f71a33ad0d5f9d",
}
DOSE_REPORTS: Final = Sample(
    name="dose-reports",
    title="Radiation dose reports as machines of nine makers write them",
    archive=_OPENREM,
    taken=(
        *(Taken(f"{_REPORTS}/{name}", name, digest) for name, digest in _REPORTS_TAKEN.items()),
        Taken("LICENSE", "LICENSE.txt", "f6b481178af3c0a62146271550bb67e7a469d97f56fd4f045f82896af57e9291"),
        Taken("COPYING-GPLv3", "COPYING-GPLv3.txt", "8ceb4b9ee5adedde47b31e975c1d90c73ad27b6b165a1dcd80c7c545eb65b903"),
    ),
    description=(
        f"{len(_REPORTS_TAKEN)} structured reports of computed tomography, fluoroscopy, mammography and projection "
        "X-ray, stripped of the patients' identities by their publishers. One holds no dose, and some lack what "
        "the standard asks for: they are there to test readers."
    ),
    source="OpenREM, openrem/remapp/tests/test_files",
    licence="GPL 3 or later, as the package; both texts lie beside the files. Fyr fetches them and ships none",
    citation="McDonagh E and the OpenREM contributors. OpenREM 0.10.0. The Royal Marsden NHS Foundation Trust, 2019.",
)
